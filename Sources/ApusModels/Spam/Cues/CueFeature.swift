/// The hand-made features, in the order in which the network sees them.
///
/// Counts enter as ln(1 + n), shares in 0...1, all others are 0 or 1.
enum CueFeature: Int, CaseIterable, Sendable {
    // How it is written: lengths, capitals and symbols as shares, exclamation and question marks, at most three words.
    case len, ntok, upper, nonalpha, excl, quest, symbols, digits, wordlen, unique, short
    // Addresses: any, YouTube's own "share" line, how many, what share of the text, to videos; handles.
    case url, shared, urls, urlpart, yt, at
    // Words of each class.
    case nME, nOWN, nCTA, nPPL, nMONEY, nPLS, nCREATE, nVIEW, nYOU, nHER
    // Subscribing: spoken of, asked for, to me.
    case subsnoun, sub, subme
    // Calls to action on something of mine, possession, creation.
    case ctame, myown, mysong, icreate, checkout, checkviews, greets
    // Likes and other favours.
    case likecomment, likeif, thumbs, likeplease, share, site, back, viewstalk, checkyt
    // Commands, pages and media of mine, who I am, excuses, money, new work, telephone numbers, begging.
    case command, mypage, mymedia, bio, sorry, getmoney, newwork, phone, beg
    // How many cues there are in all: one or more, two or more, the number.
    case cue1, cue2, cues

    /// The cues that are added up. A single one is often innocent; what they share is that they ask for
    /// something that has nothing to do with the video, and that is what carries over to another video.
    static let pooled: [CueFeature] = [
        .url, .sub, .command, .mypage, .mymedia, .checkout, .share, .newwork, .bio, .back, .getmoney, .phone, .site,
        .checkyt,
    ]
    /// Ways to beg for likes, of which the strongest counts.
    static let pooledLikes: [CueFeature] = [.likecomment, .likeplease, .beg]
}

/// A value for each ``CueFeature``.
struct CueFeatures: Sendable {
    private(set) var values = [Float](repeating: 0, count: CueFeature.allCases.count)

    subscript(feature: CueFeature) -> Float {
        get { values[feature.rawValue] }
        set { values[feature.rawValue] = newValue }
    }
}
