/// One spelling for the many that a word is met in, endings included where they make no difference here.
enum Spelling {
    static func canonical(_ word: String) -> String {
        let word = variants[word] ?? word
        return word.hasPrefix("subs") || word.hasPrefix("subcri") ? "subscribe" : word
    }

    private static let variants: [String: String] = {
        var variants: [String: String] = [:]
        for (word, spellings) in words {
            for spelling in spellings.split(separator: " ") { variants[String(spelling)] = word }
        }
        return variants
    }()

    /// A dictionary literal would lose the order, by which a spelling listed twice goes to the last.
    private static let words: KeyValuePairs = [
        "please": "plz plzz pls plez pleas plse plese pleaase pleease plis pleace pliz",
        "you": "u ya yu",
        "your": "ur yr youre you're",
        "are": "r",
        "subscribe": """
            sub subs suscribe sucscribe subcribe subsribe subscribed subscriber subscribers subscribing \
            subscription subscripe subscrib subscibe subscirbe
            """,
        "channel": "chanel chanell channels chanels chhanel channal chanal channle chan canal",
        "video": "vid vids videos vidz videoes vedio vi",
        "i'm": "im i'am iam ima",
        "i'll": "ill",
        "check": "chek cheack checkout checking checked ckeck chk",
        "everyone": "everybody every1 evryone ppl people peoples guys guy yall y'all friends youtubers homies peeps",
        "hey": "hi hello yo hiya aye hii heya ehi",
        "song": "songs track tracks tune",
        "cover": "covers",
        "remix": "remixes",
        "thanks": "thank thx tnx ty thanx thankyou tqvm",
        "someone": "some1",
        "views": "view viewed viewers viewer hits",
        "comment": "comments",
        "and": "n nd",
        "because": "cuz coz cause cus",
        "going": "gonna",
        "want": "wanna",
        "what": "wat wut",
        "the": "da teh",
        "love": "luv lov loveee",
        "this": "dis",
        "follow": "followers follower following followed",
        "youtube": "yt",
        "facebook": "fb",
        "rapper": "rappers raper",
        "page": "pages",
        "website": "site sites websites web",
    ]
}
