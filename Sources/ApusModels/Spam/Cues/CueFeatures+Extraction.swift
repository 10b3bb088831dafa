import Foundation

extension CueFeatures {
    /// The features of a comment.
    /// - Parameters:
    ///   - text: the normalized comment.
    ///   - lowercased: the same in lower case.
    ///   - pieces: its tokens.
    init(text: [Unicode.Scalar], lowercased: [Unicode.Scalar], pieces: CommentTokens, rules: CueRules = .shared) {
        let tokens = pieces.tokens
        let words = tokens.filter(\.isWord)
        let classCounts = CueFeatures.classCounts(tokens, rules.lexicon)
        measureWriting(text, tokens)
        findAddresses(text, pieces, rules)
        for (feature, wordClass) in CueFeatures.counted { self[feature] = logarithm(classCounts[wordClass.rawValue]) }
        findRequests(words, tokens, lowercased, speaksOfMe: classCounts[WordClass.me.rawValue] > 0, rules)
        findAuthor(words, rules)
        self[.sorry] = has(rules.sorry, tokens)
        self[.site] = has(rules.sites, tokens)
        self[.getmoney] = flag(rules.getMoney.holds(in: words))
        self[.phone] = flag(CueFeatures.hasTelephoneNumber(text))
        self[.short] = flag(tokens.count { $0.kind == .word } <= 3 && pieces.addressCount == 0)
        pool()
    }

    private static let counted: [(CueFeature, WordClass)] = [
        (.nME, .me), (.nOWN, .own), (.nCTA, .call), (.nPPL, .people), (.nMONEY, .money), (.nPLS, .please),
        (.nCREATE, .create), (.nVIEW, .views), (.nYOU, .you), (.nHER, .others),
    ]

    private static func classCounts(_ tokens: [CommentToken], _ lexicon: CueLexicon) -> [Int] {
        var counts = [Int](repeating: 0, count: WordClass.allCases.count)
        for token in tokens {
            if let wordClass = lexicon.wordClass(of: token.known) { counts[wordClass.rawValue] += 1 }
        }
        return counts
    }

    private func flag(_ holds: Bool) -> Float { holds ? 1 : 0 }
    private func logarithm(_ count: Int) -> Float { Float(log1p(Double(count))) }
    private func share(_ part: Int, of whole: Int) -> Float { Float(Double(part) / Double(max(1, whole))) }
    private func has(_ set: WordSet, _ tokens: [CommentToken]) -> Float {
        flag(tokens.contains { set.contains($0.known) })
    }

    // MARK: Writing

    private mutating func measureWriting(_ text: [Unicode.Scalar], _ tokens: [CommentToken]) {
        var letters = 0, capitals = 0, exclamations = 0, questions = 0, symbols = 0, digits = 0
        for scalar in text {
            if scalar.isLetter {
                letters += 1
                if scalar.isASCII ? scalar.value < 0x60 : scalar.properties.isUppercase { capitals += 1 }
            } else if scalar.isDigit {
                digits += 1
            } else if scalar == "!" {
                exclamations += 1
            } else if scalar == "?" {
                questions += 1
            } else if !scalar.isASCII {
                symbols += 1
            }
        }
        self[.len] = logarithm(text.count)
        self[.ntok] = logarithm(tokens.count)
        self[.upper] = share(capitals, of: letters)
        self[.nonalpha] = Float(1 - Double(letters) / Double(max(1, text.count)))
        self[.excl] = logarithm(exclamations)
        self[.quest] = logarithm(questions)
        self[.symbols] = share(symbols, of: text.count)
        self[.digits] = share(digits, of: text.count)
        var words = 0, length = 0
        for token in tokens where token.kind == .word {
            words += 1
            length += token.length
        }
        self[.wordlen] = share(length, of: words)
        self[.unique] = share(Set(tokens.lazy.map(\.text)).count, of: tokens.count)
    }

    // MARK: Addresses

    private mutating func findAddresses(_ text: [Unicode.Scalar], _ pieces: CommentTokens, _ rules: CueRules) {
        self[.at] = has(rules.handles, pieces.tokens)
        guard pieces.addressCount > 0 else { return }
        guard !CueFeatures.isSharedVideo(text) else {
            self[.shared] = 1
            return
        }
        self[.url] = 1
        self[.urls] = logarithm(pieces.addressCount)
        self[.urlpart] = share(pieces.addressLength, of: text.count)
        self[.yt] = has(rules.videoMark, pieces.tokens)
    }

    /// `Artist - Title: http://youtu.be/ID`, which the site's own share button writes, is no advertisement:
    /// somewhere after " - " there is a colon, perhaps a space, and an address of a video.
    private static func isSharedVideo(_ text: [Unicode.Scalar]) -> Bool {
        guard let dash = text.indices.dropFirst().first(where: { text.hasASCII(" - ", at: $0) }) else { return false }
        var place = dash + 3
        while let colon = text.firstIndex(of: ":", from: place) {
            var start = text.hasASCII(" ", at: colon + 1) ? colon + 2 : colon + 1
            if text.hasASCII("http", at: start) {
                start += text.hasASCII("https", at: start) ? 5 : 4
                if text.hasASCII("://youtu.be/", at: start) || text.hasASCII("://www.youtube.com/watch", at: start) {
                    return true
                }
            }
            place = colon + 1
        }
        return false
    }

    // MARK: Requests

    private mutating func findRequests(
        _ words: [CommentToken], _ tokens: [CommentToken], _ lowercased: [Unicode.Scalar], speaksOfMe: Bool,
        _ rules: CueRules
    ) {
        let subscriptions = tokens.count { rules.subscribe.contains($0.known) }
        // "14,000,000 subscribers": once, nothing asked for, nobody's own.
        let isNoun =
            subscriptions == 1 && !speaksOfMe && CueFeatures.namesSubscribers(lowercased)
            && !rules.subscribersWanted.holds(in: words)
        self[.subsnoun] = flag(isNoun)
        self[.sub] = flag(subscriptions > 0 && !isNoun)
        self[.subme] = flag(rules.subscribeObject.holds(in: words))
        self[.ctame] = flag(rules.callMine.holds(in: words))
        self[.checkout] = flag(rules.checkOut.holds(in: words) && !rules.checkCounts.holds(in: words))
        self[.checkviews] = flag(rules.checkViews.holds(in: words))
        if let first = tokens.first(where: { $0.kind == .word }) { self[.greets] = flag(rules.greetings.contains(first.known)) }
        self[.likecomment] = flag(rules.likeComment.holds(in: words))
        self[.likeif] = flag(rules.likeIf.holds(in: words))
        self[.thumbs] = has(rules.thumbs, tokens)
        self[.likeplease] = flag(rules.pleaFor.holds(in: words) || rules.likePleased.holds(in: words))
        self[.share] = has(rules.share, tokens)
        self[.back] = flag(rules.back.holds(in: words))
        self[.viewstalk] = has(rules.views, tokens) * flag(subscriptions == 0)
        self[.checkyt] = flag(CueFeatures.hasPhrase(words, rules))
        self[.command] = flag(CueFeatures.commands(tokens, rules))
        self[.beg] = flag(CueFeatures.begs(words, rules))
    }

    /// Whether "subscriber" or "subscribers" stands alone among the letters a to z.
    private static func namesSubscribers(_ s: [Unicode.Scalar]) -> Bool {
        func isLatin(_ place: Int) -> Bool { s.indices.contains(place) && s[place].isASCII && s[place].isASCIILetter }
        return s.indices.contains { place in
            guard s[place] == "s", s.hasASCII("subscriber", at: place), !isLatin(place - 1) else { return false }
            let end = place + 10
            return !isLatin(end) || (s[end] == "s" && !isLatin(end + 1))
        }
    }

    /// What came under every video for years, written by one hand and many names.
    private static func hasPhrase(_ words: [CommentToken], _ rules: CueRules) -> Bool {
        for (place, word) in words.enumerated().dropFirst() where place + 1 < words.count {
            let before = words[place - 1].text, after = words[place + 1]
            if rules.out.contains(word.known), before.hasSuffix("check"), after.text.hasPrefix("this") { return true }
            if rules.at.contains(word.known), before.hasSuffix("look"), rules.this.contains(after.known),
                place + 2 < words.count, words[place + 2].text.hasPrefix("video")
            {
                return true
            }
        }
        return false
    }

    /// A strong imperative where a sentence, or a request in it, begins.
    private static func commands(_ tokens: [CommentToken], _ rules: CueRules) -> Bool {
        tokens.indices.contains { place in
            rules.commands.contains(tokens[place].known)
                && (place == 0 || rules.commandLeads.contains(tokens[place - 1].known))
        }
    }

    /// Asks for likes: "like this comment", "thumbs up if", "give it a like", "like and share".
    private static func begs(_ words: [CommentToken], _ rules: CueRules) -> Bool {
        guard let first = words.first else { return false }
        var thumbsUp = false, asks = false
        for place in words.indices {
            let a = words[place].known
            let b = place + 1 < words.count ? words[place + 1].known : .other
            let c = place + 2 < words.count ? words[place + 2].known : .other
            thumbsUp = thumbsUp || (words[place].text == "thumbs" && rules.up.contains(b))
            if rules.likeWord.contains(a) {
                asks = asks || rules.likeObjects.contains(b)
                    || (rules.conjunctions.contains(b) && rules.alsoAsked.contains(c))
            } else if rules.please.contains(a) {
                asks = asks || rules.likeWord.contains(b)
            } else if rules.give.contains(a) {
                asks = asks || (rules.giveObjects.contains(b) && rules.givenThings.contains(c))
            }
        }
        return thumbsUp
            || (asks
                && (rules.beggingStarts.contains(first.known) || words.contains { rules.comment.contains($0.known) }))
    }

    // MARK: The author

    private mutating func findAuthor(_ words: [CommentToken], _ rules: CueRules) {
        self[.myown] = flag(rules.ownThing.holds(in: words))
        self[.mysong] = flag(rules.ownSong.holds(in: words) && !rules.favouriteSong.holds(in: words))
        self[.icreate] = flag(rules.making.holds(in: words))
        self[.mypage] = flag(rules.ownPage.holds(in: words))
        self[.mymedia] = flag(rules.ownMedia.holds(in: words))
        self[.bio] = flag(
            rules.role.holds(in: words) || (rules.nameIs.holds(in: words) && rules.ownName.holds(in: words)))
        self[.newwork] = flag(rules.newWork.holds(in: words))
    }

    /// Ten or more digits, spaces and hyphens from digit to digit, in a text without commas.
    private static func hasTelephoneNumber(_ text: [Unicode.Scalar]) -> Bool {
        var first: Int?
        var found = false
        for (place, scalar) in text.enumerated() {
            if scalar == "," { return false }
            if scalar.isDigit {
                if let first { found = found || place - first >= 9 } else { first = place }
            } else if scalar != " " && scalar != "-" {
                first = nil
            }
        }
        return found
    }

    // MARK: Pooling

    private mutating func pool() {
        let cues =
            CueFeature.pooled.reduce(0) { $0 + self[$1] } + (CueFeature.pooledLikes.map { self[$0] }.max() ?? 0)
        self[.cue1] = flag(cues >= 1)
        self[.cue2] = flag(cues >= 2)
        self[.cues] = Float(log1p(Double(cues)))
    }
}
