/// Finds addresses of pages in lower-case text, plain or broken up to get past a filter: `http : //a.b`,
/// `example dot com`, `youtu be/ID`, `watch?v=ID`.
///
/// It takes what the regular expression below takes, the leftmost first and of its alternatives the first,
/// in time linear in the text's length.
/// ```
/// (?:https?[ ]?:[ ]?/[ ]?/?[ ]?|www[ ]?\.[ ]?|(?<![^ ])//)[^ ]+
/// |/?watch\?v=[^ ]+
/// |B H\.(?:com|net|…)(?![a-z0-9])(?:[ ]?/[^ ]*)?
/// |B H\.(?:me|in|…)/[^ ]*
/// |B[a-z0-9-]{2,}(?:[ ]?[.*,]|\.?[ ]?[\[(]?dot[\])]?)[ ]?(?:com|net|org)(?![a-z0-9])(?:[ ]?/[ ]?[^ ]*)?
/// |B[a-z0-9-]{2,}(?:[ ]\.|\.[ ]|[ ]?\.[ ]?|[ ])(?:ly|be|gl)[ ]?/[ ]?[^ ]+
/// ```
/// with B for `(?<![a-z0-9@])` and H for `[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*`.
struct AddressScanner {
    private let s: [Unicode.Scalar]

    // What is known of the host name and of the label that the scan is in: the same from every start in it.
    private var hostEnd = 0
    private var openDomain: (dot: Int, end: Int)?
    private var slashedDomain: (dot: Int, end: Int)?
    private var labelEnd = 0
    private var spelledDomain: (separator: Int, end: Int)?

    init(_ lowercased: [Unicode.Scalar]) { s = lowercased }

    /// The first address that begins at or after `place`. Places must ascend from call to call.
    mutating func next(from place: Int) -> Range<Int>? {
        var i = place
        while i < s.count {
            if let end = address(at: i) { return i..<end }
            i += 1
        }
        return nil
    }

    private mutating func address(at i: Int) -> Int? {
        let scalar = s[i]
        if scalar == "h" || scalar == "w" || scalar == "/", let end = marked(at: i) ?? watch(at: i) { return end }
        guard isLabel(scalar), i == 0 || !(isAlphanumeric(s[i - 1]) || s[i - 1] == "@") else { return nil }
        if isAlphanumeric(scalar) {
            readHost(at: i)
            if let domain = openDomain, domain.dot > i { return withPath(domain.end) }
            if let domain = slashedDomain, domain.dot > i { return runEnd(domain.end) }
        }
        readLabel(at: i)
        if let domain = spelledDomain, domain.separator >= i + 2 { return withSpacedPath(domain.end) }
        return labelEnd >= i + 2 ? shortened(at: labelEnd) : nil
    }

    // MARK: The alternatives

    /// What begins as only an address does: `http://`, `www.`, `//`.
    private func marked(at i: Int) -> Int? {
        if has("http", i) {
            var place = has("s", i + 4) ? i + 5 : i + 4
            place = skippingSpace(place)
            guard has(":", place) else { return nil }
            place = skippingSpace(place + 1)
            guard has("/", place) else { return nil }
            // The optional rest: as much of it as leaves something for the address.
            for spaced in choices(" ", place + 1) {
                for slashed in choices("/", spaced) {
                    for start in choices(" ", slashed) where isSolid(start) { return runEnd(start) }
                }
            }
            return nil
        }
        if has("www", i) {
            let dot = skippingSpace(i + 3)
            guard has(".", dot) else { return nil }
            let start = skippingSpace(dot + 1)
            return isSolid(start) ? runEnd(start) : nil
        }
        if has("//", i), i == 0 || s[i - 1] == " ", isSolid(i + 2) { return runEnd(i + 2) }
        return nil
    }

    private func watch(at i: Int) -> Int? {
        let start = has("/", i) ? i + 1 : i
        return has("watch?v=", start) && isSolid(start + 8) ? runEnd(start + 8) : nil
    }

    /// `host . com`, `host (dot) com`: from `separator`, which ends the label.
    private func spelled(at separator: Int) -> Int? {
        let punctuation = skippingSpace(separator)
        if has(".", punctuation) || has("*", punctuation) || has(",", punctuation),
            let end = topDomain(Self.spelledTops, at: skippingSpace(punctuation + 1))
        {
            return end
        }
        var place = has(".", separator) ? separator + 1 : separator
        place = skippingSpace(place)
        if has("[", place) || has("(", place) { place += 1 }
        guard has("dot", place) else { return nil }
        place += 3
        if has("]", place) || has(")", place) { place += 1 }
        return topDomain(Self.spelledTops, at: skippingSpace(place))
    }

    /// `youtu .be/x`, `bit ly/x`: from the end of the label.
    private func shortened(at end: Int) -> Int? {
        var place = skippingSpace(end)
        if has(".", place) {
            place = skippingSpace(place + 1)
        } else if place == end {
            return nil
        }
        guard has("ly", place) || has("be", place) || has("gl", place) else { return nil }
        place = skippingSpace(place + 2)
        guard has("/", place) else { return nil }
        place = skippingSpace(place + 1)
        return isSolid(place) ? runEnd(place) : nil
    }

    // MARK: What starts share

    /// Notes the last dot of the host name at `i` that a top-level domain follows.
    private mutating func readHost(at i: Int) {
        guard i >= hostEnd else { return }
        openDomain = nil
        slashedDomain = nil
        var place = labelRunEnd(i)
        while has(".", place), place + 1 < s.count, isLabel(s[place + 1]) {
            if let end = topDomain(Self.openTops, at: place + 1) { openDomain = (place, end) }
            let end = labelRunEnd(place + 1)
            if has("/", end), Self.slashedTops.contains(where: { $0.utf8CodeUnitCount == end - place - 1 && has($0, place + 1) }) {
                slashedDomain = (place, end)
            }
            place = end
        }
        hostEnd = place
    }

    /// Notes where the label at `i` ends, and the last place in it or at its end from which a spelled-out
    /// domain follows.
    private mutating func readLabel(at i: Int) {
        guard i >= labelEnd else { return }
        labelEnd = labelRunEnd(i)
        spelledDomain = nil
        var place = labelEnd
        while place >= i + 2 {
            // Inside the label only the word "dot" can separate.
            if place == labelEnd || s[place] == "d", let end = spelled(at: place) {
                spelledDomain = (place, end)
                return
            }
            place -= 1
        }
    }

    // MARK: Pieces

    private func withPath(_ end: Int) -> Int {
        let slash = skippingSpace(end)
        return has("/", slash) ? runEnd(slash + 1) : end
    }

    private func withSpacedPath(_ end: Int) -> Int {
        let slash = skippingSpace(end)
        return has("/", slash) ? runEnd(skippingSpace(slash + 1)) : end
    }

    private func topDomain(_ names: [StaticString], at place: Int) -> Int? {
        for name in names where has(name, place) {
            let end = place + name.utf8CodeUnitCount
            if end == s.count || !isAlphanumeric(s[end]) { return end }
        }
        return nil
    }

    private func has(_ text: StaticString, _ place: Int) -> Bool { s.hasASCII(text, at: place) }
    private func skippingSpace(_ place: Int) -> Int { place < s.count && s[place] == " " ? place + 1 : place }
    /// The places after an optional scalar, the greedy one first.
    private func choices(_ scalar: StaticString, _ place: Int) -> [Int] {
        has(scalar, place) ? [place + 1, place] : [place]
    }
    private func isSolid(_ place: Int) -> Bool { place < s.count && s[place] != " " }
    private func runEnd(_ place: Int) -> Int { s.firstIndex(of: " ", from: place) ?? s.count }
    private func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool { scalar.value &- 0x61 < 26 || scalar.isDigit }
    private func isLabel(_ scalar: Unicode.Scalar) -> Bool { isAlphanumeric(scalar) || scalar == "-" }
    private func labelRunEnd(_ place: Int) -> Int {
        var end = place
        while end < s.count, isLabel(s[end]) { end += 1 }
        return end
    }

    private static let openTops: [StaticString] = [
        "com", "net", "org", "co", "tv", "ly", "gl", "io", "info", "biz", "ru", "tk", "uk", "de", "eu", "fm", "pl",
        "cc", "ws", "xyz", "blogspot", "tumblr",
    ]
    private static let slashedTops: [StaticString] = [
        "me", "in", "to", "us", "be", "it", "is", "se", "nu", "pw", "club", "site", "online", "app",
    ]
    private static let spelledTops: [StaticString] = ["com", "net", "org"]
}
