extension EmbeddedComments {
    /// Comments on the imaginary video "MarisolVey".
    static let marisolVey = #"""
        COMMENT_ID,AUTHOR,DATE,CONTENT,CLASS
        z1y24htfz37qgfs67lzlz0h3,Bao Orwick,2031-05-03T07:52:09,VAMOS MARISOL 🔥🔥🔥 what a voice,0
        z1neurf5dzh7b9heyi2894yd,Quinn Drake,2031-05-03T13:05:03,"Love from Morocco, we do not understand Spanish but we sing all the words wrong and happy",0
        z1bzo023oh7jpgnsp1t4v8pw,noodle.exe51,2031-05-03T22:43:20,Watch all matches live and free in HD: www.golgolgol.test/live no sign up,1
        z14tuga2lmg61musf75o1k7v,Quinn Petrel,2031-05-03T23:42:05,"Chicas! I do makeup tutorials inspired by this video, snow queen look is online now, come and see",1
        z16ztw9wqyw1v0kfncnytaz0,Wanda Okonjo,2031-05-04T08:26:29,"The best song of any tournament, nothing came near it after",0
        z1u5a7ds1irx291nmrei740i,Jonte Haldane,2031-05-05T01:04:55,"930 million plays, seventy more and we have the billion, press that button hermanos\#u{FEFF}",0
        z1ppwhddc9hk3v68gdklnom4,Noor Moorland,2031-05-05T21:53:13,"Hi I'm a latin dance teacher, I show the steps slowly on my channel, no need to thank me just subscribe",1
        z1e7dziyar80rbwwvbfvkoh2,Hedda Quill,2031-05-06T15:04:34,"she dances on ice in those shoes, how\#u{FEFF}",0
        z1hfelpd8d8sdreltj1ljk8g,Hedda Riverton,2031-05-07T08:17:21,"Lose your belly in 9 days with this tea, Marisol drinks it too!!! fuego-tea.example",1
        z1j6x0mt04z1vv7y6glgkxzq,OneMoreEncore35,2031-05-08T05:12:27,i remember the summer when every car had this on,0
        z14w9oey259vx4hsfprnp7sp,Kaya Castellan,2031-05-09T05:37:53,"hello beautiful people i'm new singer from Cali, this week i upload my cover in three languages, thx for any feedback",1
        z11bixquvqs98qz7fjqiczzv,Tomke Haldane,2031-05-09T08:27:52,1:31 that smile to the camera,0
        z1eq7t2p33j6bmbdj8pajhol,Quinn Moorland,2031-05-09T17:13:22,Not her best but better than anything else on the radio\#u{FEFF},0
        z1tq79up7vclv5evgouhd094,Bao Fernweh,2031-05-10T17:18:06,"earn bitcoins for free every hour, i have already 3!!! http://satoshi-drip.example/?u=vey",1
        z1oli7qrbrdxper77cbglbvq,Sunny Lindqvist,2031-05-11T00:39:03,"What does ""nieve"" mean? my spanish class starts in September 😅",0
        z1f8x7t80pbihn8yr9qwkrcj,Sunny Haldane,2031-05-11T01:57:18,"Forecast for all football games, 97% correct, first tip is free. tips-oracle.test",1
        z1t77myxtvpf6cj716t821j8,Tomke Orwick,2031-05-11T03:32:48,"The guitar solo is her brother, they started in the street\#u{FEFF}",0
        z1z6y04vagz05ef5nk820dq7,QuietThunder9,2031-05-11T06:29:16,plz like my page i upload Marisol pictures daily 😍😍 best fan page of all,1
        z1yupt40275tccc7izshutna,CaptainDrizzle18,2031-05-11T07:51:39,"I was at the opening ceremony, 70 thousand people jumping together",0
        z1qtx2snr91hbtvkjsxg0qr8,SoupWizard,2031-05-12T07:08:01,"GUYS!!! marisol gives away 100 signed shirts, you only must enter your address here → marisol-shirts.example",1
        z1rbqa2exjnq0q5khvqmhz0q,Taro Sorrel,2031-05-12T13:50:01,"so beatiful, so strong, so marisol",0
        z1iqu3oeutyuivmzwrb764my,Tomke Marsh,2031-05-12T17:10:51,My team lost the final but we won this song,0
        z19fna278nxf4s8p709oldbs,starfishradio15,2031-05-13T08:25:05,"Need money fast for rent, so I sell my paintings, the snow one is inspired by this clip: http://atelier-pia.example",1
        z1mt5np4s5kgs1ts9ges8daf,SilentKazoo39,2031-05-13T18:28:26,"Drum lessons online with the teacher of the stars, first month 1 dollar, only this week, drumschool.example\#u{FEFF}",1
        z1qvqfln7rozxrhu4as14ouk,Lio Drake,2031-05-14T13:23:12,"Her english version is awful, sorry. Spanish one is gold",0
        z15ho99jce35xnu62wuzd4ac,Taro Haldane,2031-05-14T14:57:41,"Who want to be my friend? add me, i answer everybody, i am girl 19 lonely",1
        z11vshfnv8hgwaglmn71j5sz,QuietThunder990,2031-05-15T13:23:09,"came for the football, stayed for the hips, became a fan of the voice",0
        z1g08j3qkkgkc93l1d83w2y0,Wanda Bellweather,2031-05-15T16:42:48,"my wife and I opened a small page with crafts and riddles for children, have a look: kidz-corner.example",1
        z1ov3pd3i0bbm7e48ejacs5h,BassMitten38,2031-05-16T12:38:25,It's the fifth time today and it's only breakfast,0
        z1xsow9h72s5m9vhzqhx5d5e,Rosa Vantongeren,2031-05-16T12:50:07,I swear this app pays!! 5 dollars for sign up and 5 for each friend: pocketpay.example/i/mv5,1
        z1x4om8pclazxtfzaklacj94,noodle.exe11,2031-05-17T10:48:47,"the goalkeeper at 2:20 is a real goalkeeper, he plays in third league now",0
        z11plcqkm1c7gy5wfjvvrtbj,Ayo Quill,2031-05-18T04:10:07,I could do this song better with my eyes closed. Proof on my channel\#u{FEFF},1
        z1ae5zhxxamnnfqr0k7lh39d,taro3418,2031-05-18T16:31:03,"Saludos desde Bolivia!! Somos un grupo de danza, visita nuestro canal y dale like por favor",1
        z11scw5yxnts2ltmq7nqbcqg,pixelotter28,2031-05-19T03:52:07,"why they changed the thumbnail, old one was iconic",0
        z1bi5vorc7hj1ir6fthhyiml,KitchenDancer82,2031-05-20T03:31:25,S U B  4  S U B  ???  I ALWAYS GIVE BACK  !!!,1
        z1rm8x30an5rt57bxhprurxk,Zuri Petrel,2031-05-20T13:38:44,I had surgery and this was in the radio when I woke up. I thought heaven has good taste.,0
        z1ljzklpjrnhypza6rpgadq8,Ciro Riverton,2031-05-20T18:58:50,"Our little charity brings shoes to children in the mountains, one share costs you nothing: http://shoes-up.example",1
        z1cwdypb0nvn3yswatv5jy9f,Emre Drake,2031-05-21T07:48:43,Is it me or the mix is different from the CD?,0
        z1jjxygsd3mrogyi01ifffhm,Rosa Riverton,2031-05-22T03:34:05,See what she looked like before surgery 😱😱 shocking pictures at star-before-after.test,1
        z1pg10pc9xgd29506n9fxbis,Pavel Marsh,2031-05-22T13:58:12,Every world cup since then I come back here,0
        z1nf3mln7edk2tkhqcd2xuxk,Pavel Tindall,2031-05-23T09:45:16,I want to learn that spin. I own a broken lamp now.\#u{FEFF},0
        z1nquy6wwr8cwa4mwswbxmfz,Ludo Moorland,2031-05-23T15:30:45,"hi friends, new reaction channel here!! we react to this one and my grandpa is soooo funny, click",1
        z115cvmt5uukcn3juj8bpvin,Emre Tindall,2031-05-24T03:41:46,"marisol and the snow, ice cream for the ears",0
        z1mdsvgvrf0hofxxsoc44o09,Petra Riverton,2031-05-24T06:32:28,Download the mp3 of this song without waiting http://mp3-fuego.example/get/marisol\#u{FEFF},1
        z1yg7341zi0j52kegv1dkb9n,BassMitten21,2031-05-24T19:09:13,that chorus belongs in a museum,0
        z1ag7bxyovroh2c5jbqk5x8y,noodle.exe13,2031-05-25T01:32:56,My goal is 10 subs. Only 10. Today I have 4. I am not asking much,1
        z1jv2sycmz2xjx3tzhupz1j8,Ayo Birch,2031-05-25T04:28:22,people fighting in the comments about football while I just dance,0
        z1lo0zze5tg8i8hyl2ezdvbl,Wanda Sorrel,2031-05-25T08:03:32,"Hello I am from Palermo and I have pizzeria, if you come say MARISOL and you get drink for free ;) www.pizza-due-gatti.example",1
        z1ekggbjqretstk0xyq8ss7x,mila3599,2031-05-26T07:59:42,Marisol reads your comments if you tag this page 3 times: @marisol.daily.gifts @marisol.daily.gifts @marisol.daily.gifts,1
        z1gzohn92rll7gd2ov3cnm3c,Karim Orwick,2031-05-26T08:00:47,"i am 17 and i cycle around the whole country, each day one video, i'd be happy about every follower",1
        z1bvhrvmj6hrwx4flwkhbglp,Lio Marsh,2031-05-26T13:25:08,"If you are reading this, you have been chosen. Open my last video within one minute and your wish comes true!!!",1
        z1el0gagwh91ty3xgu3u4hrd,ulla1219,2031-05-26T13:58:17,She is singing live!! you can hear her breath\#u{FEFF},0
        z11hwie3uc5n9y7fpeev75le,QuietThunder946,2031-05-27T01:08:01,"Soccer coins generator no survey no password, works on all consoles: coinz-gen.test\#u{FEFF}",1
        z1bn5i8xjuu2au6yqq5yvq2x,BlueTractor4247,2031-05-27T12:24:10,"Nice song, nice legs, nice snowman",0
        z1wgny0eg28bvt6z3y8req1q,xNightKettlex89,2031-05-27T22:02:02,"Looking for a manager, I write songs in spanish and english, my demo: http://demo.rubenoro.example thanks",1
        z1vyiwp47jssmmi4oubi21kd,Zuri Vantongeren,2031-05-28T02:59:36,I am a man of 54 years with a truck and I cry at the second verse,0
        z10io29yzp55boee5iiv1eix,CaptainDrizzle85,2031-05-28T17:59:30,"Join our Marisol fan group, we have quizzes and prizes each week, search ""Veyliens"" and press join",1
        z19qwricsrjhytnws7c5lm64,pavel7611,2031-05-29T08:04:45,one does not simply sit still,0
        z1ko7g7ezks9zasdvfjzzvls,Emre Okonjo,2031-05-29T11:23:09,80% off sun glasses just today and only for fans!!!!!!! → shade-sale.example,1
        z1ylj8qr640clj2taqdx7n4d,VelvetBadger45,2031-05-29T16:48:50,still the queen ❄️🔥,0

        """#
}
