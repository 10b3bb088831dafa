extension EmbeddedComments {
    /// Comments on the imaginary video "GlassHarbor".
    static let glassHarbor = #"""
        COMMENT_ID,AUTHOR,DATE,CONTENT,CLASS
        z1c6wknwpux1qa0z3txj9tel,OneMoreEncore37,2031-06-03T17:58:13,Glass Harbor saved me in the worst winter of my life. No exaggeration.,0
        z1yddjfc6ebm2jpupplfiy19,MossyKeys,2031-06-04T16:24:38,"Yo check my new track, wrote it after hearing this, real talk no autotune. First one on my page",1
        z1w0wtmmnnqt51dj0df6p5j6,Quinn Vantongeren,2031-06-04T18:05:34,that third verse... who hurt you man,0
        z1ce1l9if7twr8rfcfzn6rb5,Siv Orwick,2031-06-05T09:28:13,"I keep coming back to ""letters to nobody"", it says what I could not say to my father",0
        z1l9enr6zuzc0fi4y1h0kgiv,Petra Orwick,,"Sad? Anxious? Chat with our coaches now, first 10 minutes free: calmline.example",1
        z1jeo8teyn19kxd9oa889679,VelvetBadger55,2031-06-07T00:19:40,"Fans of real hip hop only!!! Mainstream is dead. I upload bars every monday, sub if you agree",1
        z1bedpm18o514lemuchej4eq,Bao Riverton,2031-06-07T16:36:33,"The piano sample is from an old cartoon, I can't remember which",0
        z1y6gx86xbk8b1e5xnu89fnj,Ines Sorrel,2031-06-07T16:45:47,"no hook, no dance, no jewels, and 300 million listened anyway",0
        z1m6mdkmwthvh8jwm5ov90my,CaptainDrizzle22,,"hey everyone, I'm 16, I rap about my life in a wheelchair, I don't want pity I want your opinion, please look at my videos",1
        z1wsi9zu8wyffjpyeefyndlr,Tuuli Ostrow,2031-06-08T12:16:31,Man wrote a letter and the whole world answered,0
        z18x0zdaj5tkdatdnr0gzda4,Ludo Tindall,2031-06-09T04:43:29,"Who wants a free beat pack? I have 25 trap beats for you, no strings: http://beatbarn.example/pack1",1
        z19i75t5mbuz81adqivsd0ya,Rosa Orwick,2031-06-09T09:56:24,0:58 when the beat drops out and there's only breathing,0
        z18oh6vjevea0abokcye5udn,Karim Penhallow,2031-06-10T02:03:37,He stutters in interviews and here not one word trips,0
        z1to6egcurpkxuk1yzknmylp,Noor Petrel,2031-06-10T22:26:03,I bet you can't read this without opening my channel. See? you lost. Now subscribe haha,1
        z115w4fvzne8kn65cb9ripld,Kaya Sorrel,2031-06-11T03:26:33,First song my therapist and me both like,0
        z1rm8canahyf7clpymg6oryz,VelvetBadger17,,"Make $$$ with surveys, its legit I have paid my car with it. survey-bull.example/join",1
        z1578uq9xo6ci7cifvgwewak,xNightKettlex19,2031-06-12T09:35:27,Lyrically nobody is near. Argue with the wall,0
        z1o7kk1n1ctnueqitbfm94lp,Petra Vantongeren,2031-06-13T09:43:26,"I prefer old Harbor, more angry, less piano",0
        z1w66eqh32d813s4x48fl6d6,Pavel Quill,,"GH is coming to my podcast!!! well not yet, but if we get 5000 subs he will, so help",1
        z1d6fakpwodzihra9nlt35a0,SoupWizard62,2031-06-14T04:28:05,Anyone know the font in the letters? It's beautiful,0
        z1z0cmoqa3kvshwtuen205ds,Hedda Vantongeren,2031-06-14T11:07:52,"my brother was sent to prison and I send him these lyrics line by line, a letter each week",0
        z1a7lcmcdhq9ivq4ktmx8xoc,waffle_logic82,,"Increase your IQ in 10 days, scientists hate it >> www.brainpump.test",1
        z16gn8wpo51vkzsj6yfbv48x,wanda8383,2031-06-15T20:43:47,I've listened 100 times and only now I notice the mailbox has no bottom,0
        z1jykebhpamdyw2322g8r1h1,Mila Zapf,2031-06-16T02:11:03,everyone says i look like glass harbor. yes or no? see my profile pic and videos,1
        z1w4v4tz70ywe4dnm732ysu3,Wanda Petrel,2031-06-16T16:35:41,"Lonely tonight? Real letters from real women, answer guaranteed → pen-romance.example",1
        z1vhxxv64kzt654pv3by59u5,Emre Ostrow,2031-06-16T20:56:29,"HE STOLE THIS BEAT FROM ME!!! original is on my channel since 2 years, spread the word!!",1
        z19lr45wxczqowovqocrckmd,Anouk Penhallow,2031-06-17T00:33:13,"overrated imo, but the video is nice shot",0
        z1ce39vzk1iz4jasy7wfxivt,Noor Sorrel,,"Selling: hoodies with the letter print, all sizes, 19.99 with shipping. letterwear.example",1
        z13pjlw5tgfba6jwygfmyf1g,mila2960,2031-06-18T09:58:59,"Dear nobody, today I was better than yesterday. Thank you for reading.",0
        z139k9bgtzfqisekqnzhqwel,Radek Moorland,2031-06-18T20:13:15,This should be taught at schools instead of the poem about the swan,0
        z1x45xkqio7893ila2pg30m8,Karim Drake,2031-06-19T15:01:00,"Dudes this rapper from my town is crazy good and nobody knows him, please give him views: /watch?v=notReal0502",1
        z116n8cwffhxg7ymtlv9rt9q,pavel4543,2031-06-20T09:39:13,what is the name of the girl who does the background vocals?,0
        z1l528j7ih6fw2t2fuhyhqgf,Kaya Tindall,2031-06-21T08:39:51,"I need 3 more people for my clan, we are serious, age 15+, comment your tag under my last video",1
        z13ag60o1xodt0mvxirlzln0,Oskar Tindall,2031-06-22T04:07:07,Not a single swear word in it and it's the hardest track of the year,0
        z16inlxqiebjjsnczlbpiyj8,Emre Sorrel,,"Hack any account in 2 minutes, tool in my description, only for education ;) ",1
        z15hvhze3mopnh6fjwqi9akl,Bao Quill,2031-06-23T00:11:02,"My english teacher let us analyse it, I got an A, thanks Harbor",0
        z1pq4ip0khowd0swe3xaw9q2,quinn4015,2031-06-23T01:26:18,If you are reading this at night: drink some water and sleep. It gets lighter.,0
        z12e25r67yjs2e5lx74q7skj,Taro Ostrow,2031-06-23T10:02:23,Hi. I write poems. Nobody reads them. Maybe somebody here will: inkandrain.example. That's all.,1
        z1yopkc0szmqxlr8rnl77vkc,Turbo_Pigeon39,2031-06-24T07:11:01,Respect from Poland 🇵🇱,0
        z1bgki73c55o6v86jlh0jd5a,Radek Quill,2031-06-24T20:59:54,"The best vape shop online, code HARBOR for 15%: cloudy-nine.test",1
        z12h4abl5cuhro094ap4ikqj,MangoRocket84,,"why no awards for this? I give out my own awards in my weekly show, new host, come and vote",1
        z15kc1ox454i7rwnd64ggrxy,Siv Okonjo,2031-06-26T03:12:05,"It grew on me. Hated it in May, need it in October",0
        z1hn4xijtbvlkkw3a7gww1e3,Emre Riverton,2031-06-26T10:43:26,"whoever reads this must paste it under 4 rap songs before midnight, then someone you miss will write you a letter. it worked for my roommate",1
        z1dkzlr2x6c50nlxh494g1nc,Tuuli Tindall,2031-06-26T18:01:14,I was today years old when I learned he plays the piano himself,0
        z1vj4usnjv5kgz51aidwjov1,zuri6825,,"guys my channel got deleted with 40k subs, starting from zero again, any support is welcome 💔",1
        z1ntn3c765dsip735tyr1r60,MossyKeys40,2031-06-28T08:25:52,"2:37 ""the stamp cost more than the words"", who thinks of such line",0
        z1afjvgig86ew2y8xgu451v3,Mila Vantongeren,2031-06-28T11:46:18,"Let's get this man to the top! And if you have a second left, get me to 100 too :D",1
        z1yqssldngk2c4jo9v0y2eyf,SoupWizard76,2031-06-28T20:56:20,"the quiet at the end is part of the song, don't skip",0
        z1e19lhfchniolvv75lv33h7,Siv Lindqvist,,"visit my sound page, i am the next big thing, SOUND-SPHERE slash lil-thermos",1
        z1im16br4gtf38tux2hs6h0o,emre8973,2031-06-30T00:04:57,Is this about his brother or about himself? I can't decide,0
        z1h18gfayi4f9krp5p497kr3,tomke6759,2031-06-30T06:09:51,it hits different when you have kids,0
        z1247wzhpv3n9x8rf2gi4jnm,Jonte Fernweh,2031-07-01T06:37:31,Click to see your secret admirers (it really works!!) admirer-scan.example/go,1
        z1bagzpljdbneeww79nz0ci4,Fenna Bellweather,2031-07-01T07:42:28,"beat by me would be cleaner, leasing from 15, listen at lowtide-beats.example",1
        z1h9328ehgtv3j8hf1epbx6d,kaya69,2031-07-01T21:14:13,"Hello, I represent a small label and look for talents under 25. Send your demo with a fee of 30 to demos@northlight-label.example",1
        z1fnmh8cr6dl7u5uxoy56ld3,BlueTractor4218,2031-07-02T08:02:39,"no skips on MY album btw, eleven songs, out on friday, first single is up already",1
        z1mpf9dipf79pp0nv1p1wujt,Ciro Castellan,2031-07-02T17:32:08,"ⓢⓤⓑⓢⓒⓡⓘⓑⓔ and get a shoutout, first 50 only, hurry up",1
        z1tvvkruegxaylaeabo6r1go,waffle_logic71,2031-07-03T06:19:43,I read the comments to feel less alone. Works.,0
        z162ch6qadba63oqsjdg1bq8,starfishradio7,2031-07-03T22:48:59,"WANT TO SUPPORT REAL UNSIGNED TALENT? press my name, press play, press repeat",1
        z1igyq1m5zyzqozddysezey3,SoupWizard39,2031-07-04T16:11:06,"got banned from 3 sites for posting this trick, free premium for life: http://premium4ever.example/k",1
        z16olxl8zoshjc2z00wf3ciz,sunny174,2031-07-04T23:23:30,my phone died at the last line. dramatic.,0

        """#
}
