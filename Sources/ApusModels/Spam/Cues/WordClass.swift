/// What a word is about, as far as advertising goes. A word belongs to one class or none.
enum WordClass: Int, CaseIterable, Sendable {
    case me, own, call, people, money, please, create, address, views, condition, thumbs, you, others

    /// The name that the hashed grams are made of.
    var label: StaticString {
        switch self {
        case .me: "ME"
        case .own: "OWN"
        case .call: "CTA"
        case .people: "PPL"
        case .money: "MONEY"
        case .please: "PLS"
        case .create: "CREATE"
        case .address: "URL"
        case .views: "VIEW"
        case .condition: "IF"
        case .thumbs: "UP"
        case .you: "YOU"
        case .others: "HER"
        }
    }

    /// The classes' words; one that stands twice belongs to the first.
    static let words: [(WordClass, String)] = [
        (.me, "my me our mine us we i i'm i've i'll i'd"),
        (.own, """
            channel page music song cover remix beat beats album ep mixtape blog website profile instagram twitter \
            facebook soundcloud stuff rap raps rapping playlist video single demo group game gaming kik skype tsu \
            twitch book shop store app apps link project gameplay vines vine vlog vlogs skits skit content talent \
            lyrics freestyle acoustic band tutorial tutorials reviews tumblr pinterest snapchat itunes spotify vk \
            parody mashup
            """),
        (.call, """
            check subscribe watch visit follow like share vote listen look click join search type read support \
            help donate download sign add see come go take give hear google comment register buy try feedback \
            enjoy leave tell signup tune retweet tweet repost upvote sponsor petition browse install preorder \
            order
            """),
        (.people, "everyone hey anyone who whoever"),
        (.money, """
            free money cash dollar dollars earn win gift giftcard giftcards codes code paid pay iphone iphones \
            giveaway bitcoins credits income job jobs sell cheap prize prizes bucks card cards hack discount sale \
            paypal amazon ebay steam voucher vouchers rich wealth salary hour referral affiliate investment loan \
            lose weight
            """),
        (.please, "please thanks appreciate appreciated grateful chance promise sorry"),
        (.create, """
            made make making makes started uploaded upload uploading uploads posted post posting posts wrote write \
            recorded record produce producer producing rapper singer sing singing artist dj youtuber musician \
            gamer created create launched released releasing dropped
            """),
        (.address, "<url> <yt> <at>"),
        (.views, "views billion million billions millions thousand bilion count population earth world"),
        (.condition, "if when because"),
        (.thumbs, "thumbs thumb"),
        (.you, "you your"),
        (.others, "she her he his him they their"),
    ]
}
