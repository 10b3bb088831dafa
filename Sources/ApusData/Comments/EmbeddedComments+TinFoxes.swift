extension EmbeddedComments {
    /// Comments on the imaginary video "TinFoxes".
    static let tinFoxes = #"""
        COMMENT_ID,AUTHOR,DATE,CONTENT,CLASS
        z1djhuf18oz2ptvzb9hkh2jv,Wanda Birch,2031-03-03T20:12:38,The Tin Foxes never miss. Eleven years and not one bad single.,0
        z1g1hs1evcl068voh5zplu2n,Tuuli Quill,2031-03-04T12:00:47,"We are an indie duo and sound a bit like early Tin Foxes, give us a listen if you have two minutes? Link on our profile",1
        z1op803ch7l7cl76yu5ownx4,Tomke Sorrel,2031-03-05T00:35:37,that banjo!!!! who knew i needed banjo,0
        z1utbx203sfferztfa7n1gap,Pavel Sorrel,2031-03-05T01:02:11,1:48 the lanterns go up and so do the hairs on my arms,0
        z1qxk6i12vqwj2147rpzoct2,xNightKettlex8,2031-03-05T21:07:39,"Buy cheap followers and likes, delivery in 24 h, visit like-market.example",1
        z1m8hw180m8risdxrc54cdia,Ayo Castellan,2031-03-06T09:36:46,Do you want to know the day you will die? take the test www.deathclock-quiz.test (mine is scary),1
        z100ywkmsov6ozii09ip73af,Karim Sorrel,2031-03-07T09:08:03,heard it in a bakery and asked the baker for the name. Best croissant and best song of my year,0
        z1ecabbuuwk5w2mr59ttc3t5,Ludo Ostrow,2031-03-07T09:59:59,Why did they cut the second verse from the radio version? It is the best one,0
        z14alqnuckv2tsffmkap53kj,Wanda Ostrow,2031-03-08T09:55:55,"hello everyone my name is Milo i am 12 and i do magic tricks, please please subscribe i want to show my classmates",1
        z1isdsv83jra4jdwdwfs0svc,Turbo_Pigeon,2031-03-08T18:05:48,"I'm here because of my guitar teacher, wish me luck with that F chord",0
        z1qkda6f5cs0d188272y2fcq,Wanda Haldane,2031-03-09T05:22:46,Guys the full album leaked!!! download here before takedown >>> foxleak.example/zip,1
        z128ep59nqdxqo8fia3dfusl,Taro Petrel,2031-03-10T04:28:11,lyrics so simple and still nobody else wrote them before,0
        z1oc5q9ikpx4fbu7vqivgx0d,tiny_comet6,2031-03-10T04:38:22,Too much reverb on the vocals in my opinion but great tune,0
        z1xweomcthq3shpsz6oppqx2,Karim Ostrow,2031-03-10T06:26:14,Stop scrolling! Jesus loves you. Also please visit our page for daily prayers and press the bell,1
        z1pukak9r3bob4c5q13rpi06,Bao Okonjo,2031-03-10T23:38:57,Saw them live in a tent with forty people in 2012. So proud.,0
        z1xf8p2lpvumhn3mkb7o3v89,Ulla Penhallow,2031-03-11T05:38:36,"my new lyric video of this song is up, better quality than this one, go check it",1
        z156wdy9x2d79fulbvdzwkf8,Tomke Okonjo,2031-03-12T02:10:10,"The fox on the roof is the same fox from the first video, change my mind",0
        z11si5gkp9mw721d09ogf8wn,Ines Vantongeren,2031-03-12T19:57:20,does anyone has the tabs for the intro?,0
        z1isdemtf32s4gft00gbws7q,VelvetBadger14,2031-03-13T13:48:52,"I lost 14 kilo without sport, doctors are angry, read how: http://slim-secret.example/?tf",1
        z18h67qhncw753fxjc1mhd1c,pixelotter,2031-03-13T20:11:02,3 guitars to give away!! Whoever is subscribed to me on sunday is in the draw,1
        z1htvuqblk45aw9p61fxnaw5,Sunny Orwick,2031-03-14T16:44:03,"listening on the night train to Prague, rain at the window. Perfect.",0
        z1mehemlurevu4z84hu6e88r,karim9326,2031-03-14T17:10:11,"meh... our version with tuba is better and we are not even joking, search Brass Otters",1
        z18gftemgt760wjiyklhvk3y,Noor Ostrow,2031-03-15T11:19:12,"Need essay? Need homework? Our team of professors writes for you, from 9$ a page. essay-hero.test",1
        z16z8c9ygoh8w91hd2ml91rz,xNightKettlex7,2031-03-16T11:00:22,"my boyfriend proposed with this song, I said yes before the chorus ended 😭",0
        z12e28zlyn9t5lb92uoq7l3c,Ciro Lindqvist,2031-03-16T19:06:40,"someone told me i sing like him, judge for yourself, its on my channel, be honest",1
        z1hlnhhs81svfsedfabwx8zp,Mila Quill,2031-03-17T14:47:56,so underrated it hurts,0
        z10woza22bsw0xrdigsroctt,xNightKettlex46,2031-03-18T07:05:04,It's funny how the oldest member has the most energy,0
        z17nlo0p1y5i12chb4xk3tcl,Ludo Orwick,2031-03-18T07:33:19,PLEASE READ: a little girl is sick and each thumb up gives her 5 cents. We already have 3000. don't ignore,1
        z14fnddk2zi7na2unep2t55y,Marit Okonjo,2031-03-19T02:24:51,Paper lanterns > fireworks. There I said it.,0
        z1dm1uy5ollflhs6tzyn3lek,Ayo Marsh,2031-03-19T18:49:58,"Earn crypto while you sleep, my link gives you 10 coins bonus: moon-miner.example/r/77123",1
        z1l6sj4mcc7ag9z2m7yphlla,Ludo Lindqvist,2031-03-20T12:21:17,If this doesn't win best video I riot,0
        z19r2lm8at4h6gt0x1btp3ah,QuietThunder972,2031-03-20T23:40:57,"The bridge has a 7/8 bar in it, sneaky foxes",0
        z1q4hd3itwasq8q27mlhe3an,tomke9378,2031-03-21T00:01:36,"Our block building server is open now!!! ip: play.foxcraft.test come and build, no griefers",1
        z1qaovpogxx0af7ce31u54ol,Fenna Fernweh,2031-03-21T20:35:33,"who else wants to be in a bread advert? casting for everyday faces, no fee no experience: castingcall.example",1
        z1tri6a7ceczrjqr9bsy8wvl,lemonSpoon77,2031-03-22T02:45:44,"i hate these spam comments too. thats why i made a channel without any spam, just music, look",1
        z1mq79fy7lryze9mim9o5j26,Radek Penhallow,2031-03-22T07:14:31,"Mum passed away in March, this was her ringtone. I still call it sometimes.",0
        z1lm7s5ppk5bbja4nhluwmd1,Ciro Sorrel,2031-03-22T15:46:50,I would subscribe to this band's laundry list,0
        z1668hlf3rcpzapjfbqcpt6q,sunny8907,2031-03-22T18:47:19,Hot singles near you want to talk tonight > www.talk2nite.example,1
        z1a285wadjjmmcda5pio1nax,BassMitten,2031-03-23T12:02:34,the video has been filmed in my village! the man with the ladder is my uncle,0
        z194bhaulsc30h7kugztj4n7,pixelotter68,2031-03-23T22:25:59,Free ringtone of this song!!! send to your phone now ringadingding.example,1
        z1bvofivgziwamu018w3cmup,Bao Haldane,2031-03-24T12:09:48,"Am I the only one who thinks he says ""paper lasagna""",0
        z182eib7keb7rdsaiagf8ec8,Kaya Ostrow,2031-03-25T01:48:48,"Hey fox family, we make animated stories about foxes :) new episode each sunday, come say hi on our page",1
        z1kcu7e3042nxc7uujj8uqix,Turbo_Pigeon3,2031-03-25T16:57:00,I like more the live version from the radio station,0
        z15enlxn41xwz35yr732893x,CaptainDrizzle,2031-03-25T19:34:55,Get Offfice keys for free no virus!!! key-heaven.test,1
        z1bqsc3n7l75kdfg1pa0owlp,Ayo Tindall,2031-03-25T23:14:33,"three chords, no tricks, straight to the heart",0
        z1vbmfrs7ihnlpxl3rxzwgqi,tuuli8515,2031-03-26T22:07:11,Guess how much I paid for this jacket? 4 euros!! All brands -90% at outlet-dream.example,1
        z1vsjrpoyro077ufwikunpoi,Wanda Drake,2031-03-26T22:38:25,"Put it on loop while painting my kitchen. Kitchen is done, song is not.",0
        z1rk9ebuw0wtmbgyzz6suqc0,Zuri Marsh,2031-03-27T03:11:51,"anyone wanna swap subs? i have 31, write ""done"" and i check you back",1
        z1ukq94e0uw6bhqhio6ff18f,Rosa Fernweh,2031-03-27T10:27:49,"what a nice clip, same colors you can have in your photos with my presets, half price: hue-shop.example",1
        z1agag9uec5kz9sa6a8u14qg,Hedda Marsh,2031-03-28T04:09:14,"Imagine being the person who disliked this, go hug someone",0
        z12qwz0x0nq93l37170qy3l2,Wanda Riverton,2031-03-28T14:51:08,Sign this petition so that they play in our city: http://petition.citystage.example/tinfoxes,1
        z1vk2gyp0gki34hlovetb8th,waffle_logic25,2031-03-28T19:39:27,5 am. last one awake. this.,0
        z1zgcqq7lz1cwb6so7u78ono,Sunny Castellan,2031-03-29T16:30:55,parents promised a hamster at 500 followers. we are at 431. you know what to do 🐹,1
        z1cli3jcnf72dkeihkm3gvpy,tiny_comet,2031-03-30T06:45:33,Reminds me on old times with my friends at the lake,0
        z1lvdaa781jyr7xfxva7vtiu,pixelotter17,2031-03-31T04:20:22,"I review every Tin Foxes song on my blog, today this one, read it and tell me that I'm wrong: foxpages.example",1
        z18al0kix36fn40lgjsbxu97,Karim Marsh,2031-03-31T05:58:38,"The demo and 30 other rare songs are on my drive, password is on my channel, like first",1
        z1qhzd4qpvdv7n8yufyke5e7,Quinn Fernweh,2031-03-31T12:51:01,"The government hides this!!! Type ""silent lantern"" in my channel search and see the truth",1
        z164ivirl0dt96c1b1oc3m1x,Petra Okonjo,2031-03-31T13:27:36,"That harmony in the last chorus was recorded in one take, they said so in the interview",0
        z1bsanvhiqeshi2v2gf0rsxh,Taro Zapf,2031-04-01T12:02:08,"Hi! Nice song. We offer mixing and mastering for beginners, 20 % off this week, ask at studio@kellerton.example",1
        z1u9xlxlrpuyjub83lf4u523,pixelotter14,2031-04-01T16:59:09,❤️❤️❤️🦊,0

        """#
}
