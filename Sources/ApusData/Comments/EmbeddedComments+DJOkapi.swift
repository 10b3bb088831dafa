extension EmbeddedComments {
    /// Comments on the imaginary video "DJOkapi".
    static let djOkapi = #"""
        COMMENT_ID,AUTHOR,DATE,CONTENT,CLASS
        z1xmo1ths9dsr3xet8znuxjc,BlueTractor42,2031-04-03T09:28:21,GIRAFFE DISCO GIRAFFE DISCO 🦒🕺,0
        z10ipvj95f41qug0wj2goecw,Emre Haldane,2031-04-04T01:47:06,"my three year old calls this ""the neck song""",0
        z1rejgibrdzbv560wm27bj0e,xNightKettlex64,2031-04-04T18:39:24,"I made a 10 hour version, it is on my channel, you are welcome\#u{FEFF}",1
        z1tewayykng34n24062yut9v,Jonte Sorrel,2031-04-04T23:20:17,"I came, I laughed, I danced, I pulled a muscle",0
        z1e922fbs72hh1gvb38gylqw,Mila Okonjo,2031-04-05T05:37:31,CLICK HERE FOR FREE SKINS ---> http://skinz4free.example/okapi?x=1,1
        z1tsura0xo9c07g9ebl1gts6,Sunny Petrel,2031-04-05T16:57:39,"this is ok but my beats are harder, no cap, tap my icon",1
        z136iynav7ygrw640tq4lcov,ludo4337,2031-04-05T19:34:46,The zoo keeper in the back who tries so hard not to dance is me at every wedding,0
        z1qqurzwfw2bcjch0xl4pk9j,Ulla Sorrel,2031-04-06T00:49:51,how has this more views than there are people in europe\#u{FEFF},0
        z16eoystrgt91hx9c3unxf3y,hedda609,2031-04-06T16:51:09,"I dance in a giraffe suit in supermarkets and film it, subscribe if you dare!!",1
        z1z7kh8yc6yqyivcrfh3t9kc,Ulla Orwick,2031-04-07T00:50:58,0:43 best part\#u{FEFF},0
        z1rah3o96fqfd8y2fn5cifg3,waffle_logic45,2031-04-07T23:21:51,nobody asked for this and yet the world needed it,0
        z1p2193cjwkz8r2m4stpgkls,Mila Penhallow,2031-04-08T00:34:57,Work at home moms wanted! Earn 50-150 a day. Serious people only: homejob.example/start,1
        z1fck5llrjitbui3dy2skwgr,xNightKettlex,2031-04-08T16:55:41,We played it in the hospital where I work and a patient of 91 years moved his foot. True story.\#u{FEFF},0
        z1tn4iqautacqscbqz6247ob,Tuuli Marsh,2031-04-09T13:46:46,hey could everyone view my prank videos? the last one with the giraffe mask got 12 views and 11 is me lol,1
        z1ft3jaf6gl0w8hdthygdcwt,hedda5165,2031-04-09T19:14:23,"Tired of slow wifi while you dance? antenna made of foil, plans for 2 dollars at signal-giraffe.example\#u{FEFF}",1
        z164baaokj305jtujvp97eng,Tuuli Vantongeren,2031-04-10T14:22:35,"<a href=""http://earn-daily.example/gd"">http://earn-daily.example/gd</a> I got my first check yesterday, 312 dollars\#u{FEFF}",1
        z14yfnmnk68sglmzunrtbq7m,tiny_comet41,2031-04-10T18:53:17,If you play it backwards you hear ecasid effarig,0
        z1gfvnkrtyzj197wejcp71ar,OneMoreEncore73,2031-04-11T03:25:23,"plot twist: an okapi is not even a giraffe<br />well, it's a cousin",0
        z17s3e5al4r4nd69xvobv9q7,Turbo_Pigeon43,2031-04-11T18:01:18,"Like = 1 like for giraffes. Comment = 1 tree. Subscribe to me = I plant a whole forest, I promise\#u{FEFF}",1
        z145zimqwgo2nbyejd9vocbv,Tuuli Drake,2031-04-12T01:34:52,Our maths teacher showed us this to explain proportions,0
        z1j383hgllgkbh35tnnlnd2b,Zuri Ostrow,2031-04-12T01:46:40,"FREE FREE FREE FREE spins on LuckyHoof casino, use code NECK: luckyhoof.test",1
        z1myn9ch1fqq378lictf4p8g,Kaya Haldane,2031-04-12T02:01:15,the choreography at the end needs an instruction manual,0
        z1hjvezppg9mnyegvwehtref,Hedda Tindall,2031-04-12T05:33:09,"Dear music lovers, I would like to invite you to my page where I upload relaxing piano every evening. Have a nice day!",1
        z1y92tyacdm28sqrflpd76gu,karim4664,2031-04-12T16:54:38,"I don't get it, is it a joke?",0
        z1gynx1g1v3zdrlfjjkj78oo,Ines Ostrow,2031-04-13T10:31:16,bro spent whole budget on the neck,0
        z1s7i0aqsl7pqp0bcljppfjp,tiny_comet3,2031-04-14T05:19:13,"my mom said nobody will ever follow my juggling page, lets prove her wrong\#u{FEFF}",1
        z15169wuw9r0t6a655m97y5b,Bao Birch,2031-04-14T13:12:55,2 billion people can&#39;t be wrong. Or can they,0
        z1zvum5ki1tl6txkn5frhyhy,OneMoreEncore4,2031-04-14T21:45:35,W.A.T.C.H  M.Y  V.I.D.E.O  it is about a talking potato\#u{FEFF},1
        z1s3lz4k1du06loimh0ahbh4,MossyKeys63,2031-04-15T13:51:39,dj okapi for president,0
        z10kzq8rk2n2ljw37wz57ykm,ines6535,2031-04-16T13:01:12,ok who taught my grandfather this dance,0
        z1bkeguarvh0cj2w8yb2me3m,Ines Drake,2031-04-17T12:17:31,"Just hit 50k on TickTack thanks to this tool, its free for one week: http://grow-grow.test/now\#u{FEFF}",1
        z1ke2xdc4unk27zn8brh49sz,Marit Moorland,2031-04-18T02:10:17,"It's annoying at first, then it is annoying and good, then you own the t-shirt\#u{FEFF}",0
        z18z31g7wjmd9zideiy7txkr,Siv Zapf,2031-04-18T04:33:06,"guys pls stop and read! im being bullied because of my stutter, I talk about it in my vlog, come by and leave something nice",1
        z1q8eq9q72t0kxrtr601oxp8,zuri3882,2031-04-18T22:52:18,"We make giraffe disco toys by hand, every order comes with a sticker :) okapi-crafts.example",1
        z1qmj6myd4s8gdl3d6194m6a,VelvetBadger,2031-04-19T12:25:20,That synth preset is on every cheap keyboard since 1989 and still slaps\#u{FEFF},0
        z1yvw5zxjmyw2whqx1rhl57g,MangoRocket33,2031-04-19T17:26:45,"Look at my channel if you like horror games, NEW GIVEAWAY at 300 subs (headset)\#u{FEFF}",1
        z17cynshhaukgd1bo74jl560,VelvetBadger53,2031-04-20T14:35:30,still waiting for the giraffe to get his grammy,0
        z1430a7h2s4v8tub76bq4mo3,karim9617,2031-04-20T18:08:22,see the uncensored version here: okapi-uncut.example (18+),1
        z1ks6u27bgb2i3f5bwph68nr,Quinn Tindall,2031-04-21T13:22:46,"The children of our kindergarten did this for parents day, not one dry eye, everybody laughed so much",0
        z1o74r8dvvlja1lwrmszuygj,Ludo Penhallow,2031-04-21T19:37:29,This is how I met a rich husband: sugar-match.example ;),1
        z1ul7s3999wgm585zrge9jz8,tiny_comet63,2031-04-22T17:20:28,"Turn on subtitles, they are incredibly wrong &quot;draft disco&quot; haha",0
        z1uu9orc7a6iue1fxj4dj3nc,Rosa Lindqvist,2031-04-22T17:40:03,bass boosted version made my neighbour knock. He wanted to know the title.,0
        z1101mxnlwz1j6fi1kdkertx,Petra Bellweather,2031-04-23T10:21:31,"I am raising money for a school trip, we wash cars on saturday, and you can also give here http://trip.class7b.example",1
        z1jwobobnfsj6sdie7ftpj1m,Anouk Sorrel,2031-04-24T07:03:53,"sick beat, I made one with only kitchen spoons, tell me which is sicker, mine is the newest upload\#u{FEFF}",1
        z18jymyg511j0dqts7glkv81,ayo9977,2031-04-25T01:43:25,Why am I crying at a dancing giraffe\#u{FEFF},0
        z1j2j9o8chj53jwbwcvbb052,Ludo Quill,2031-04-25T14:30:41,Want to be DJ too? Download 2000 free loops and samples -> loopcellar.example,1
        z1e3e04b8dnyi92ew8n3bd9m,noodle.exe45,2031-04-25T18:03:53,I wish I had the confidence of the second dancer from left,0
        z1uvb1dv1s2ohn9qsj5pkayt,Taro Orwick,2031-04-25T18:08:51,"You will have bad luck for 7 years if you don't send this to 5 friends. I am sorry, it happened to Anna",1
        z1hntnoc3t26wtewqomc5w1i,Emre Lindqvist,2031-04-26T05:10:05,Thats not how giraffes sleep. Biologist here. Otherwise accurate.,0
        z1vd37g27i1ozek57zb9pk5q,Ayo Ostrow,2031-04-26T15:25:54,subscribe to this guy he is very funny and he did not pay me to say it 😉,1
        z15zxlqit1o09ck5z4smj8cy,Petra Castellan,2031-04-26T22:30:34,its 2031 and somebody will find this comment,0
        z1wzvwk26lu7uhd87ncwt2md,Taro Castellan,2031-04-27T19:07:21,"♫ ♫ Similar music on my playlist, updated daily, more than 400 songs ♫ ♫ please follow ♫ ♫\#u{FEFF}",1
        z1ymphegd1n8fg4d6f42q7pw,quinn6000,2031-04-27T19:29:05,LMAO the lion on the drums\#u{FEFF},0
        z1ui33oj0gwi6blli18ar1nc,Quinn Castellan,2031-04-28T03:08:18,Stop paying for internet!! little trick they dont want you to know → netzero-trick . example,1
        z1ce69e43i725i7ds9vzoloq,CaptainDrizzle14,2031-04-28T18:31:55,"First time I heard it was in a taxi in Nairobi, the driver knew all the moves",0
        z1cptixwi422tb5tn0mr33um,Noor Zapf,2031-04-29T02:03:30,ⓕⓡⓔⓔ 𝐯𝐢𝐞𝐰𝐬 and ｓｕｂｓ for your channel at subs-factory.example,1
        z1i9d4zuiidt4art0aj7t92w,Jonte Moorland,2031-04-29T08:41:30,"I'm a 14 year old DJ and made this remix in my bedroom, would love some honest feedback, video is called Neck Breaker\#u{FEFF}",1
        z1isxcqx5gdobguh1pdjvr7m,karim6183,2031-04-29T09:22:20,"can't unsee the left giraffe winking!! I draw him as a comic every day, free to read at winkneck.example\#u{FEFF}",1
        z1bssb7r6vzlzz6igcq39cuz,Ulla Quill,2031-04-30T03:43:23,"New phone for the 1000th visitor, I am 998 lol hurry: http://visitor-lotto.example/b\#u{FEFF}",1
        z1ezu8v3xrewpyzqw87p9yyq,Tuuli Bellweather,2031-04-30T16:02:08,Danced so hard that my step counter sent congratulations,0

        """#
}
