/// Numbers for the words that rules name, and the words' classes.
struct CueLexicon: Sendable {
    private var numbers: [String: Int] = [:]
    /// The class of a known word, by its number.
    private var classes: [WordClass?] = [nil]
    /// The words of each class.
    private var members = Array(repeating: WordSet(), count: WordClass.allCases.count)

    init() {
        for (wordClass, words) in WordClass.words {
            for text in words.split(separator: " ") {
                let word = number(of: String(text))
                guard classes[word.number] == nil else { continue }
                classes[word.number] = wordClass
                members[wordClass.rawValue].insert(word)
            }
        }
    }

    /// The number of a word; ``KnownWord/other`` if no rule names it.
    func word(_ text: String) -> KnownWord { numbers[text].map { KnownWord(number: $0) } ?? .other }
    /// The class of a word.
    func wordClass(of word: KnownWord) -> WordClass? { classes[word.number] }
    /// The words of a class.
    func words(of wordClass: WordClass) -> WordSet { members[wordClass.rawValue] }

    /// The set of some words, separated by spaces; they are known from now on.
    mutating func set(_ words: String) -> WordSet {
        var set = WordSet()
        for text in words.split(separator: " ") { set.insert(number(of: String(text))) }
        return set
    }

    private mutating func number(of text: String) -> KnownWord {
        if let known = numbers[text] { return KnownWord(number: known) }
        let number = classes.count
        numbers[text] = number
        classes.append(nil)
        return KnownWord(number: number)
    }
}
