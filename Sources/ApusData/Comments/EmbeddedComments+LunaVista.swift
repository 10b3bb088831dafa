extension EmbeddedComments {
    /// Comments on the imaginary video "LunaVista".
    static let lunaVista = #"""
        COMMENT_ID,AUTHOR,DATE,CONTENT,CLASS
        z1799owafg6tibjnzxizj2nq,Rosa Bellweather,2031-02-03T19:47:47,this song lives in my head rent free since the first chorus,0
        z1v1w908tmdd6ip9ism911b4,Anouk Fernweh,2031-02-04T00:18:50,"Hey guys! Every friday I record an acoustic cover in our garden shed, come over to my channel and tell me which song is next",1
        z1me54fgeji737kom0q8jbz7,starfishradio,2031-02-04T09:28:26,The carousel scene at 2:14 gives me goosebumps every single time,0
        z1c0jo1dmckw5kxeuvembdie,Ayo Okonjo,2031-02-04T16:24:59,Get 500 free coins for your game here >> http://coin-rain.example/luna <<,1
        z1fc2p1hjg2pmjs6yy06v6d3,Noor Fernweh,2031-02-05T11:34:27,"november crew, raise your hands 🙋",0
        z1ikjonlfh3go88n48jwrch2,taro8635,2031-02-06T03:10:52,"my daughter dances to this every morning before school, thank you Luna",0
        z1dxbsd5r8bcbu20jj4c5hcw,MangoRocket,2031-02-06T23:22:16,"YOU SUB, I SUB, WE ALL GROW!!! 100% REAL NO FAKE",1
        z18o1ipwj8f0egtdb9kk9g4r,gravelmoth2,2031-02-07T14:04:31,"I was unemployed for two years, now I make 4000 a month from my sofa. Ask me how or go to www.sofa-income.test",1
        z196hwaenu61k6fplb8i72i4,Wanda Marsh,2031-02-08T10:48:35,Is the violin real or is it a synth? Sounds so warm,0
        z1u6db8ynpbzodlms7s4vqqw,Radek Vantongeren,2031-02-08T20:11:15,80 million views and the label still has not fixed the typo in the description lol,0
        z1t2b5oxmxkb87e24layswg1,Ayo Haldane,2031-02-09T11:30:24,"please everybody help me reach 200 subscribers before my birthday, i am a small gamer but i work very hard",1
        z1q360nnxqv80b7yturh4u05,noodle.exe,2031-02-09T13:49:02,I no speak english good but the music I understand with the heart ❤,0
        z1l2pwbw1rjvghv4y4bw3j8y,gravelmoth59,2031-02-10T02:37:45,want longer hair in 3 weeks?? my cousin used this oil --> hair-miracle . example,1
        z1tmxx7qvxdufkqaadcee3b7,Ciro Zapf,2031-02-10T17:40:07,"Her voice cracks on the last ""stay"" and that is exactly why it is perfect",0
        z1zunuu2xrppil2cvgtbl12z,Karim Birch,2031-02-10T20:54:04,"Vote for my sister in the talent show!! she is number 14, link: http://vote.starlight.example/?id=14 every vote counts",1
        z1d8lr1pm334tgld67qb0tuo,Pavel Moorland,2031-02-11T08:04:29,"came here after the award show, did not expect to cry",0
        z10hcsruz3a6cfk54ru64nsb,Emre Vantongeren,2031-02-12T01:10:54,The drummer looks like my chemistry teacher 😂,0
        z1vw7bagira53dywc0xfjjfx,Oskar Orwick,2031-02-12T15:00:05,"if you like this you will LOVE my remix, its on my page, first video, trust me",1
        z1lt8rvw3wce64ppu0z4vpp8,Ayo Lindqvist,2031-02-12T18:00:23,Free gift cards!!! I did not believe it either but got mine today -> giftomatic dot example,1
        z1f1682ebgevwsbo4jprtceh,Ulla Bellweather,2031-02-13T10:48:58,"Nobody: 
        Absolutely nobody: 
        Me at 3am: round and round and round we goooo",0
        z14dz2dnfa3j8tirf0debbzb,anouk2518,2031-02-14T11:03:29,"I think the first album was better, this is too polished for me",0
        z162kskvhp5b02mfkkijv396,Jonte Tindall,2031-02-15T00:29:22,"LOL this guy predicted the whole video, look at his channel before it gets deleted!!!",1
        z114v1jheygk4nwkqvaqws1e,Mila Drake,2031-02-15T09:03:56,what camera did they use for the night shots,0
        z15czhfqu65ylnn7guhmoblb,waffle_logic,2031-02-15T14:26:07,"Dear people, I produce music on a ten year old laptop between two shifts. One click on my name costs you nothing and I will remember it. God bless",1
        z18uxpq6n78zwyy5p6hkprr1,BassMitten93,2031-02-16T05:48:49,"played it at our wedding last week, my grandma asked for it twice",0
        z1b505jgklbh9o0sff446xuy,Ayo Drake,2031-02-16T06:37:14,The bass line. That is the comment.,0
        z1rmwwpc4t7iijwp38s16i3k,Ayo Bellweather,2031-02-16T20:29:59,watch full movies in HD no registration www.kino-night.test/free,1
        z1p57t74wb97yh2xkyl4z5fh,Fenna Birch,2031-02-17T12:44:38,It's been 6 years?? I feel old,0
        z1v8xn43w0xtggkkvrof4un3,Karim Bellweather,2031-02-18T03:13:32,"Another ad before the song?? Get this blocker, it removes everything: http://zap-ads.example/get?ref=8841",1
        z1clm1opup4y6ofazj5p9cak,Oskar Moorland,2031-02-19T03:57:49,good song but have you seen the girl who sings it under water?? it's the top video on my page,1
        z1qeuglztrp4pzskh2o0p3b8,Tomke Drake,2031-02-19T13:11:58,"check out this song, way better than that one: /watch?v=notReal0001",1
        z1iual18g9xr816h6m53irsg,Jonte Marsh,2031-02-20T10:11:56,I pressed replay so often my cat learned the melody,0
        z15a3v67gklea28dowsakcx7,Lio Castellan,2031-02-21T04:41:36,"I am selling 2 tickets for her concert in spring, cheap, write to tickets4you@mail.example",1
        z101khll23i1embaz0ynjd5u,Lio Petrel,2031-02-21T06:46:59,anyone else hear a mistake in the left channel at 1:07? Is it on purpose?,0
        z1shyj3ggi2bkyuqnr53r5ad,CaptainDrizzle13,2031-02-21T19:04:15,"Make your computer fast again, download Speed-Cleaner now, 1 000 000 people can't be wrong: speedcleaner.example/dl",1
        z144mn4ktmw9ax4uk8rgo8k4,Radek Okonjo,2031-02-22T15:02:31,Luna Vista you are a queen 👑👑👑,0
        z1ry40y8vgt1dysbemym0i2r,Ines Petrel,2031-02-23T05:27:10,"I showed this to my dad who only listens to jazz and he said ""hm, not bad"". Highest honour possible",0
        z19otj8njow1dod44z98qcb4,Emre Moorland,2031-02-24T06:08:43,"hi, my brother and me make funny sketches, we started last week, pls no hate just look once",1
        z16qna1nl600vq680vkykhig,Rosa Quill,2031-02-24T10:24:21,whoever did the costumes deserves a raise,0
        z1gwc5x8bfrfbrvxn3ucxyyp,Wanda Castellan,2031-02-24T20:50:59,Earn 90$ per hour by watching videos!!! No joke!!! w w w . watch2cash . test,1
        z1mfshrzdux4iipl6iiw0s08,Siv Petrel,2031-02-25T01:47:15,She wrote this when she was seventeen. SEVENTEEN. I could not write a shopping list at seventeen,0
        z1coagzn9w3eku7i0me8poou,Tuuli Riverton,2031-02-25T18:35:23,"why is the volume so low? Because you need the LoudBox app, free for fans: loudbox.example",1
        z19li3ge99elujkkid6hsyym,Zuri Okonjo,2031-02-25T18:50:59,*** FOLLOW @bestvibesdaily FOR DAILY VIBES *** FOLLOW @bestvibesdaily FOR DAILY VIBES ***,1
        z1sza4q5x2qobkz3nqbn9vez,Anouk Zapf,2031-02-25T19:53:30,"My dog needs surgery, we are short of 600. Please share: http://help-a-paw.example/rocco thank you all kind people",1
        z1ieyq9jgthj2ry2s2ieg4uw,Kaya Zapf,2031-02-26T05:03:19,Every time I think the song is over it comes back even bigger,0
        z1uemxggfygpmhs7134fl4qq,Lio Ostrow,2031-02-26T19:46:16,"new rapper alert 🚨 just dropped my first tape, no label no budget just pain. Click my picture",1
        z1f80sir618k5bfgtw9b1v28,Pavel Okonjo,2031-02-26T23:39:41,Dislikes are from people who fell off the carousel,0
        z10dbxitek56h9xw68eo11pd,Zuri Moorland,2031-02-27T22:59:41,how to get any girl in 7 days (works!!) read my blog lover-school.example,1
        z1gyv6xnaty2aqvcvapedp1x,Taro Okonjo,2031-02-28T07:21:44,"at work, headphones in, pretending this is a spreadsheet",0
        z1zd1u3u73a2fh5tub52dgkz,Siv Drake,2031-03-01T05:11:12,copy this to 10 videos or your mother will die tonight. sorry i cannot ignore,1
        z1qy9y0znw9doh3aved3hql0,Taro Drake,2031-03-01T14:23:34,I love the part where she looks in the mirror and it is the child version of her,0
        z1rsxab1a5y79mlt19v6gknl,OneMoreEncore33,2031-03-02T06:56:54,"Get thousands of views on your videos, real people, start for free at viewbooster.test",1
        z1y77t85c9nw0bd3050710k6,Oskar Castellan,2031-03-02T15:53:05,"greetings from Finland, it is snowing and this fits so well",0
        z1bpb8yw4hdhorx3jqjk81oq,pixelotter93,2031-03-03T05:58:26,Can somebody explain me the ending? Did she leave or was it all a dream,0
        z1p2arjqvd29uznr3bihrgbh,Rosa Castellan,2031-03-03T08:00:27,omg i just got the new phone for 1 dollar hahaha go before they fix it http://phone-error.example,1
        z18k031mlkfrxpao0wqo3o9b,Radek Ostrow,2031-03-03T13:32:39,Please come to South America 🙏,0
        z1ipp4k6lu3ah7cqz7fnsj1y,Ciro Birch,2031-03-03T13:43:41,"Our band covers this with a harp and a beatbox. Yes really. We are called Two Left Socks, look us up",1
        z12ctj2ao5u5q7dlj94tiesi,gravelmoth,2031-03-03T22:42:05,I type this with one hand because the other holds the prize i won at prizewheel.example hahaha try,1
        z1pdnqma77io3asx8kko1w6d,Sunny Tindall,2031-03-04T13:26:17,WIN WIN WIN a holiday for two!!! Answer one question only → sunshine-draw.example/q,1
        z1kidkxz9gm1md2x7sve219g,Ulla Tindall,2031-03-04T22:22:33,I forgot how to breathe during the bridge,0

        """#
}
