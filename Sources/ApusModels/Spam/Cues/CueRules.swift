/// A word of one set followed by a word of another among the next few words.
struct NearRule: Sendable {
    let first: WordSet
    let second: WordSet
    let distance: Int

    func holds(in words: [CommentToken]) -> Bool {
        for (place, word) in words.enumerated() where first.contains(word.known) {
            for next in words[(place + 1)...].prefix(distance) where second.contains(next.known) { return true }
        }
        return false
    }
}

/// The words behind the hand-made features, chosen by hand, in the spelling that ``Spelling`` gives them.
///
/// A class, for copying some seventy arrays would count their references each time.
final class CueRules: Sendable {
    static let shared = CueRules()

    let lexicon: CueLexicon

    // What is asked for.
    let commands, commandLeads, share, thumbs, greetings, sorry: WordSet
    let subscribe, videoMark, handles: WordSet
    let subscribersWanted, subscribeObject, callMine, checkOut, checkCounts, checkViews: NearRule
    let likeComment, likeIf, pleaFor, likePleased, back: NearRule
    // Whose it is.
    let ownThing, ownSong, favouriteSong, making, ownPage, ownMedia, role, nameIs, ownName, newWork: NearRule
    // What else there is.
    let sites, views: WordSet
    let getMoney: NearRule
    // Single words of fixed phrases.
    let out, at, this, up, likeWord, please, give, comment, conjunctions: WordSet
    let likeObjects, giveObjects, givenThings, alsoAsked, beggingStarts: WordSet

    private init() {
        var lexicon = CueLexicon()
        func set(_ words: String) -> WordSet { lexicon.set(words) }
        func near(_ first: WordSet, _ second: WordSet, _ distance: Int) -> NearRule {
            NearRule(first: first, second: second, distance: distance)
        }
        func near(_ first: String, _ second: String, _ distance: Int) -> NearRule {
            near(set(first), set(second), distance)
        }
        let calls = lexicon.words(of: .call), own = lexicon.words(of: .own)
        let creation = lexicon.words(of: .create), money = lexicon.words(of: .money)
        let myOrOur = set("my our")

        commands = calls.subtracting(set("like see come go tell take hear comment google enjoy leave give look type"))
        commandLeads = set(". ! ? : ; , - ( ) please and go come hey everyone should must")
        share = set("share vote donate petition follow download click")
        thumbs = set("thumbs thumb")
        greetings = set("hey everyone anyone")
        sorry = set("""
            spam spamming sorry annoying annoy ignore promise nobody advertising advertisement advertise promote \
            promotion promoting
            """)
        subscribe = set("subscribe")
        videoMark = set("<yt>")
        handles = set("<at> <tag>")
        subscribersWanted = near("get want need reach help gain have give to", "subscribe", 5)
        subscribeObject = near("subscribe", "my me to back for please our you", 2)
        callMine = near(calls.subtracting(set("like see come go tell take")), set("my our me us mine"), 3)
        checkOut = near("check look take", "out my this at me our it", 2)
        checkCounts = near("check", "views if how count <n7>", 5)
        checkViews = near("check see", "views if how count many", 5)
        likeComment = near("like likes thumbs", "comment", 3)
        likeIf = near("like thumbs thumb", "if", 3)
        pleaFor = near("please", "like help read share vote", 3)
        likePleased = near("like", "please page share and", 2)
        back = near("subscribe follow like", "back", 5)

        ownThing = near(myOrOur, own.subtracting(set("song lyrics")), 3)
        ownSong = near("my our", "song", 2)
        favouriteSong = near("my", "favorite favourite fav best", 2)
        making = near(set("i we i'm i've just"), creation, 4)
        ownPage = near(
            "my our his their",
            """
            channel page website blog profile instagram twitter facebook soundcloud stuff cover remix album mixtape \
            ep project link app store shop group vlog band gameplay brand freestyle version
            """, 4)
        ownMedia = near("my our", "video music rap raps beats beat playlist demo single", 3)
        role = near(
            "i'm am we",
            """
            rapper singer producer artist dj musician old years youtuber musicians group band channel gamer songwriter
            """, 6)
        nameIs = near("name", "is", 1)
        ownName = near("my", "name", 1)
        newWork = near(
            "new latest newest",
            """
            song video music channel album single mixtape cover page website ep beat beats remix rapper artist youtuber
            """, 3)

        sites = set("""
            facebook twitter instagram soundcloud twitch skype kik website google blog itunes ebay amazon snapchat
            """)
        views = set("views billion million")
        getMoney = near(set("get win earn make making for need getting sell selling buy"), money, 4)

        out = set("out")
        at = set("at")
        this = set("this")
        up = set("up")
        likeWord = set("like")
        please = set("please")
        give = set("give")
        comment = set("comment")
        conjunctions = set("and or")
        likeObjects = set("this my the if please for")
        giveObjects = set("it this me")
        givenThings = set("a like thumbs")
        alsoAsked = set("share subscribe comment")
        beggingStarts = set("like likes thumb thumbs please give don't")
        self.lexicon = lexicon
    }
}
