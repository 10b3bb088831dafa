"""The spam recipe "cues" in Python, as it was worked out before it was written in Swift: the reference for its
tests and its accuracy. numpy and torch; scikit-learn for the figures.

usage: cue_recipe_reference.py final DIR      each video held out in turn, seeds 0 to 4 (DIR holds the five Youtube0*.csv)
       cue_recipe_reference.py inner DIR      the same among the first four, by which every choice was made
       cue_recipe_reference.py dump TEXT      normalised text, tokens, features and n-gram buckets of TEXT as JSON
       cue_recipe_reference.py fixture FILE   the same of TEXTS below, and the vectors of CORPUS, for the Swift tests

Strings are handled as Unicode scalars throughout; lower case is taken scalar by scalar.
"""
import os; os.environ.setdefault("OMP_NUM_THREADS", "1")
import csv, json, math, re, string, sys, time, unicodedata
from collections import Counter, defaultdict
import numpy as np

VIDEOS = ["Psy", "KatyPerry", "LMFAO", "Eminem", "Shakira"]

# ---------------------------------------------------------------- 1. normalisation
DROP = {0xFEFF, 0x00AD, 0x2060, 0xFE0E, 0xFE0F, *range(0x200B, 0x2010), *range(0x202A, 0x202F)}
HOMO = dict(zip(map(ord, "аеорсухіјѕкмтнвАЕОРСУХІЈЅКМТНВαοενΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"), "aeopcyxijskmthbAEOPCYXIJSKMTHBaoevABEZHIKMNOPTYX"))
QUOTE = {0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'}
ENT = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
LINK = re.compile(r'<a [^>]*?href="([^"]*)"[^>]*>([^<]*)</a>', re.I)
TAG = re.compile(r"</?[A-Za-z][^>]*>")
ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos|nbsp);")
def is_letter(c): return unicodedata.category(c)[0] == "L"
def is_digit(c): return "0" <= c <= "9"

def entity(m):
    e = m.group(1)
    if e[0] != "#": return ENT[e]
    n = int(e[2:], 16) if e[1] in "xX" else int(e[1:])
    return chr(n) if 0 < n < 0x110000 and not 0xD800 <= n < 0xE000 else " "

def normalise(s):
    # a link's address replaces the link, but a time stamp (3:40) keeps its text
    s = LINK.sub(lambda m: " " + (m.group(2) if m.group(2) and all(c in "0123456789:" for c in m.group(2)) else m.group(1)) + " ", s)
    s = ENTITY.sub(entity, TAG.sub(" ", s))
    s = unicodedata.normalize("NFKC", "".join(c for c in s if ord(c) not in DROP)).translate(QUOTE)
    s = " ".join(s.split())
    return " ".join(undisguise(w) for w in unspace(s).split(" ")) if s else s

def unspace(s):
    """s u b s c r i b e -> subscribe: five or more single letters, one space (or . - * _) between each, no letter or digit around."""
    out, i, n = [], 0, len(s)
    while i < n:
        j = i; letters = ""
        if is_letter(s[i]) and (i == 0 or not (is_letter(s[i-1]) or is_digit(s[i-1]))):
            while j < n and is_letter(s[j]):
                letters += s[j]
                if j + 2 < n and s[j+1] in " .-*_" and is_letter(s[j+2]): j += 2
                else: break
            # s[j] is the last single letter taken; a longer word there is given back
            if j + 1 < n and (is_letter(s[j+1]) or is_digit(s[j+1])): letters, j = letters[:-1], j - 2
        if len(letters) >= 5: out.append(letters); i = j + 1
        else: out.append(s[i]); i += 1
    return "".join(out)

def undisguise(w):
    """Cyrillic and Greek look-alikes inside a word that also has Latin letters."""
    latin = any(c in string.ascii_letters for c in w); other = any(0x370 <= ord(c) <= 0x4FF for c in w)
    return w.translate(HOMO) if latin and other else w

# ---------------------------------------------------------------- 2. tokens
# Only spaces are left as white space, so the expressions below mean the same in ICU.
URL = re.compile(
    r"(?:https?[ ]?:[ ]?/[ ]?/?[ ]?|www[ ]?\.[ ]?|(?<![^ ])//)[^ ]+"
    r"|/?watch\?v=[^ ]+"
    r"|(?<![a-z0-9@])[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|net|org|co|tv|ly|gl|io|info|biz|ru|tk|uk|de|eu|fm|pl|cc|ws|xyz|blogspot|tumblr)(?![a-z0-9])(?:[ ]?/[^ ]*)?"
    r"|(?<![a-z0-9@])[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:me|in|to|us|be|it|is|se|nu|pw|club|site|online|app)/[^ ]*"
    r"|(?<![a-z0-9@])[a-z0-9-]{2,}(?:[ ]?[.*,]|\.?[ ]?[\[(]?dot[\])]?)[ ]?(?:com|net|org)(?![a-z0-9])(?:[ ]?/[ ]?[^ ]*)?"
    r"|(?<![a-z0-9@])[a-z0-9-]{2,}(?:[ ]\.|\.[ ]|[ ]?\.[ ]?|[ ])(?:ly|be|gl)[ ]?/[ ]?[^ ]+")
# "Artist - Title: http://youtu.be/ID", what YouTube's own Share button writes: not an advertisement
SHARED = re.compile(r"[^ ].* - .*:[ ]?https?://(?:youtu\.be/|www\.youtube\.com/watch)")

CANON = {w: k for k, ws in {
    "please": "plz plzz pls plez pleas plse plese pleaase pleease plis pleace pliz",
    "you": "u ya yu", "your": "ur yr youre you're", "are": "r",
    "subscribe": "sub subs suscribe sucscribe subcribe subsribe subscribed subscriber subscribers subscribing subscription subscripe subscrib subscibe subscirbe",
    "channel": "chanel chanell channels chanels chhanel channal chanal channle chan canal",
    "video": "vid vids videos vidz videoes vedio vi", "i'm": "im i'am iam ima", "i'll": "ill",
    "check": "chek cheack checkout checking checked ckeck chk",
    "everyone": "everybody every1 evryone ppl people peoples guys guy yall y'all friends youtubers homies peeps",
    "hey": "hi hello yo hiya aye hii heya ehi", "song": "songs track tracks tune", "cover": "covers", "remix": "remixes",
    "thanks": "thank thx tnx ty thanx thankyou tqvm", "someone": "some1", "views": "view viewed viewers viewer hits",
    "comment": "comments", "and": "n nd", "because": "cuz coz cause cus", "going": "gonna", "want": "wanna", "what": "wat wut",
    "the": "da teh", "love": "luv lov loveee", "this": "dis", "follow": "followers follower following followed", "youtube": "yt",
    "facebook": "fb", "rapper": "rappers raper", "page": "pages", "website": "site sites websites web"}.items() for w in ws.split()}

def squeeze(w):
    """A letter three times or more in a row is written once."""
    out = []; i = 0
    while i < len(w):
        j = i
        while j < len(w) and w[j] == w[i]: j += 1
        out.append(w[i] if j - i >= 3 else w[i:j]); i = j
    return "".join(out)

def tokenise(text):
    """Lower-cased text -> (tokens, addresses)."""
    s = "".join(c.lower() for c in text); urls = []; toks = []
    at = 0
    for m in URL.finditer(s):
        toks += scan(s[at:m.start()]); at = m.end(); urls.append(m.group(0))
        toks.append("<yt>" if "youtu" in m.group(0) or "watch?v" in m.group(0) else "<url>")
    toks += scan(s[at:])
    out = []
    for w in toks:
        if len(out) >= 2 and out[-1] == w and out[-2] == w: continue  # at most twice in a row
        out.append(w)
    return out, urls

def scan(s):
    out = []; i = 0; n = len(s)
    word = lambda c: is_letter(c) or is_digit(c) or c == "_"
    while i < n:
        c = s[i]; j = i + 1
        if c in "@#" and j < n and word(s[j]) and (i == 0 or not word(s[i-1])):
            while j < n and word(s[j]): j += 1
            out.append("<at>" if c == "@" else "<tag>")
        elif is_letter(c):
            while j < n and (is_letter(s[j]) or (s[j] == "'" and j + 1 < n and is_letter(s[j+1]))): j += 1
            w = squeeze(s[i:j]); w = CANON.get(w, w)
            out.append("subscribe" if w.startswith("subs") or w.startswith("subcri") else w)
        elif is_digit(c):
            while j < n and (is_digit(s[j]) or (s[j] in ".," and j + 1 < n and is_digit(s[j+1]))): j += 1
            d = s[i:j].replace(".", "").replace(",", "")
            out.append("<year>" if len(d) == 4 and d[:3] in ("200", "201") else "<n%d>" % min(len(d), 7))
        elif c != " ": out.append(c)
        i = j
    return out

def is_word(w): return is_letter(w[0]) or is_digit(w[0]) or (w[0] == "<" and len(w) > 1)

# ---------------------------------------------------------------- 3. word classes
CLASS = {}
for k, ws in [
    ("ME", "my me our mine us we i i'm i've i'll i'd"),
    ("OWN", "channel page music song cover remix beat beats album ep mixtape blog website profile instagram twitter facebook soundcloud stuff rap raps rapping playlist video single demo group game gaming kik skype tsu twitch book shop store app apps link project gameplay vines vine vlog vlogs skits skit content talent lyrics freestyle acoustic band tutorial tutorials reviews tumblr pinterest snapchat itunes spotify vk parody mashup"),
    ("CTA", "check subscribe watch visit follow like share vote listen look click join search type read support help donate download sign add see come go take give hear google comment register buy try feedback enjoy leave tell signup tune retweet tweet repost upvote sponsor petition browse install preorder order"),
    ("PPL", "everyone hey anyone who whoever"),
    ("MONEY", "free money cash dollar dollars earn win gift giftcard giftcards codes code paid pay iphone iphones giveaway bitcoins credits income job jobs sell cheap prize prizes bucks card cards hack discount sale paypal amazon ebay steam voucher vouchers rich wealth salary hour referral affiliate investment loan lose weight"),
    ("PLS", "please thanks appreciate appreciated grateful chance promise sorry"),
    ("CREATE", "made make making makes started uploaded upload uploading uploads posted post posting posts wrote write recorded record produce producer producing rapper singer sing singing artist dj youtuber musician gamer created create launched released releasing dropped"),
    ("URL", "<url> <yt> <at>"),
    ("VIEW", "views billion million billions millions thousand bilion count population earth world"),
    ("IF", "if when because"), ("UP", "thumbs thumb"), ("YOU", "you your"), ("HER", "she her he his him they their")]:
    for w in ws.split(): CLASS.setdefault(w, k)
def words_of(*names): return {w for w, k in CLASS.items() if k in names}
W = lambda s: set(s.split())
CTA = words_of("CTA"); MONEY = words_of("MONEY"); OWN = words_of("OWN"); CREATE = words_of("CREATE")
MINE = W("my our me us mine")
WEAK = W("like see come go tell take hear comment google enjoy leave give look type")  # not commands by themselves
PAGES = W("channel page website blog profile instagram twitter facebook soundcloud stuff cover remix album mixtape ep project link app store shop group vlog band gameplay brand freestyle version")
MEDIA = W("video music rap raps beats beat playlist demo single")
WORKS = W("song video music channel album single mixtape cover page website ep beat beats remix rapper artist youtuber")
WHO = W("rapper singer producer artist dj musician old years youtuber musicians group band channel gamer songwriter")
SITES = W("facebook twitter instagram soundcloud twitch skype kik website google blog itunes ebay amazon snapchat")
SHARE = W("share vote donate petition follow download click")
SORRY = W("spam spamming sorry annoying annoy ignore promise nobody advertising advertisement advertise promote promotion promoting")

# ---------------------------------------------------------------- 4. hand-made features
def features(text, toks, urls):
    seq = [w for w in toks if is_word(w)]; have = set(toks); n = len(toks)
    alpha = [w for w in toks if is_letter(w[0])]
    letters = [c for c in text if is_letter(c)]
    cls = Counter(CLASS[w] for w in toks if w in CLASS)
    def has(ws): return float(not have.isdisjoint(ws))
    def near(A, B, d):  # a word of A, then one of B among the next d words
        return float(any(x in A and any(y in B for y in seq[i+1:i+1+d]) for i, x in enumerate(seq)))
    shared = float(bool(urls) and bool(SHARED.search(text)))
    advert = float(bool(urls)) * (1 - shared)
    F = {}
    F["len"] = math.log1p(len(text)); F["ntok"] = math.log1p(n)
    F["upper"] = sum(c.isupper() for c in letters) / max(1, len(letters))
    F["nonalpha"] = 1 - len(letters) / max(1, len(text))
    F["excl"] = math.log1p(text.count("!")); F["quest"] = math.log1p(text.count("?"))
    F["symbols"] = sum(ord(c) > 127 and not is_letter(c) for c in text) / max(1, len(text))
    F["digits"] = sum(map(is_digit, text)) / max(1, len(text))
    F["wordlen"] = sum(map(len, alpha)) / max(1, len(alpha))
    F["unique"] = len(have) / max(1, n)
    F["short"] = float(len(alpha) <= 3 and not urls)
    F["url"] = advert; F["shared"] = shared
    F["urls"] = advert * math.log1p(len(urls)); F["urlpart"] = advert * sum(map(len, urls)) / max(1, len(text))
    F["yt"] = advert * has({"<yt>"}); F["at"] = has({"<at>", "<tag>"})
    for k in ("ME", "OWN", "CTA", "PPL", "MONEY", "PLS", "CREATE", "VIEW", "YOU", "HER"): F["n" + k] = math.log1p(cls[k])
    # "14,000,000 subscribers": the noun, once, nothing asked for, nobody's own
    noun = any(w in ("subscribers", "subscriber") for w in re.split(r"[^a-z]+", text.lower()))
    F["subsnoun"] = float(noun and toks.count("subscribe") == 1 and not cls["ME"] and not near(W("get want need reach help gain have give to"), {"subscribe"}, 5))
    F["sub"] = has({"subscribe"}) * (1 - F["subsnoun"])
    F["subme"] = near({"subscribe"}, W("me my to back for please our you"), 2)
    F["ctame"] = near(CTA - W("like see come go tell take"), MINE, 3)
    F["myown"] = near({"my", "our"}, OWN - {"song", "lyrics"}, 3)
    F["mysong"] = near({"my", "our"}, {"song"}, 2) * (1 - near({"my"}, W("favorite favourite fav best"), 2))
    F["icreate"] = near(W("i we i'm i've just"), CREATE, 4)
    F["checkout"] = near(W("check look take"), W("out my this at me our it"), 2) * (1 - near({"check"}, W("views if how count <n7>"), 5))
    F["checkviews"] = near({"check", "see"}, W("views if how count many"), 5)
    F["greets"] = float(bool(alpha) and alpha[0] in ("hey", "everyone", "anyone"))
    F["likecomment"] = near(W("like likes thumbs"), {"comment"}, 3)
    F["likeif"] = near(W("like thumbs thumb"), {"if"}, 3); F["thumbs"] = has({"thumbs", "thumb"})
    F["likeplease"] = max(near({"please"}, W("like help read share vote"), 3), near({"like"}, W("please page share and"), 2))
    F["share"] = has(SHARE); F["site"] = has(SITES)
    F["back"] = near(W("subscribe follow like"), {"back"}, 5)
    F["viewstalk"] = has(W("views billion million")) * (1 - has({"subscribe"}))
    line = " ".join(seq)
    F["checkyt"] = float("check out this" in line or "look at this video" in line)
    start = [w for i, w in enumerate(toks) if i == 0 or toks[i-1] in W(". ! ? : ; , - ( ) please and go come hey everyone should must")]
    F["command"] = float(any(w in CTA - WEAK for w in start))
    F["mypage"] = near(W("my our his their"), PAGES, 4); F["mymedia"] = near({"my", "our"}, MEDIA, 3)
    F["bio"] = max(near(W("i'm am we"), WHO, 6), near({"name"}, {"is"}, 1) * near({"my"}, {"name"}, 1))
    F["sorry"] = has(SORRY)
    F["getmoney"] = near(W("get win earn make making for need getting sell selling buy"), MONEY, 4)
    F["newwork"] = near(W("new latest newest"), WORKS, 3)
    F["phone"] = float(bool(re.search(r"[0-9][0-9 -]{8,}[0-9]", text)) and "," not in text)
    F["beg"] = begs(seq)
    cues = sum(F[k] for k in ("url", "sub", "command", "mypage", "mymedia", "checkout", "share", "newwork", "bio", "back", "getmoney", "phone", "site", "checkyt")) \
        + max(F["likecomment"], F["likeplease"], F["beg"])
    F["cue1"] = float(cues >= 1); F["cue2"] = float(cues >= 2); F["cues"] = math.log1p(cues)
    return F

def begs(seq):
    """Asks for likes: "like this comment", "thumbs up if ...", "give it a like or two hens", "like 4 like"."""
    p = list(zip(seq, seq[1:] + [""], seq[2:] + ["", ""]))
    up = any(a == "thumbs" and b == "up" for a, b, c in p)
    asks = up or any(
        (a == "like" and b in W("this my the if please for"))
        or (a == "please" and b == "like")
        or (a == "give" and b in W("it this me") and c in W("a like thumbs"))
        or (a == "like" and b in ("and", "or") and c in W("share subscribe comment")) for a, b, c in p)
    return float(asks and (up or "comment" in seq or (bool(seq) and seq[0] in W("like likes thumb thumbs please give don't"))))

# ---------------------------------------------------------------- 5. hashed n-grams
SIZES = {"w": 16384, "c": 1024, "h": 32768}; OFFSET = {"w": 0, "c": 16384, "h": 17408}
def fnv(s):
    h = 0x811C9DC5
    for b in s.encode("utf-8"): h = ((h ^ b) * 0x01000193) & 0xFFFFFFFF
    return h

def grams(toks, cache={}):
    """-> {bucket: count}. w: word 1- and 2-grams; c: classes and pairs of classes; h: characters 2-5."""
    out = Counter()
    def add(group, g):
        k = group + ":" + g
        if k not in cache: cache[k] = OFFSET[group] + fnv(k) % SIZES[group]
        out[cache[k]] += 1
    z = ["<s>"] + toks + ["</s>"]
    for i, w in enumerate(z):
        add("w", w)
        if i + 1 < len(z): add("w", w + " " + z[i+1])
    seq = [w for w in toks if is_word(w)]
    cl = [(i, CLASS[w]) for i, w in enumerate(seq) if w in CLASS]
    for k, (i, a) in enumerate(cl):
        add("c", a)
        for j, b in cl[k+1:k+4]:
            if j - i <= 5: add("c", a + ">" + b)
    s = " " + " ".join(toks) + " "
    for n in (2, 3, 4, 5):
        for i in range(len(s) - n + 1): add("h", s[i:i+n])
    return out

def group_of(b): return "w" if b < 16384 else "c" if b < 17408 else "h"

class Vectoriser:
    """Everything learned from the training comments but the network's weights."""
    LENGTH = 60
    def fit(self, docs, video):
        N = len(docs); df = Counter(); seen = defaultdict(set); wdf = Counter(); wseen = defaultdict(set)
        for d, v in zip(docs, video):
            for b in d["g"]: df[b] += 1; seen[b].add(v)
            for w in set(d["toks"]): wdf[w] += 1; wseen[w].add(v)
        self.keep = {b: i for i, b in enumerate(sorted(b for b in df if len(seen[b]) >= 2))}   # at least two videos
        self.idf = {b: math.log((1 + N) / (1 + df[b])) + 1 for b in self.keep}
        self.vocab = {w: i + 2 for i, w in enumerate(sorted(w for w in wdf if len(wseen[w]) >= 2))}  # 0 padding, 1 unknown
        F = np.array([list(d["F"].values()) for d in docs], np.float64)
        self.mean, self.std = F.mean(0), F.std(0) + 1e-3
        return self
    def __call__(self, docs):
        X = np.zeros((len(docs), len(self.keep)), np.float32); S = np.zeros((len(docs), self.LENGTH), np.int64)
        for i, d in enumerate(docs):
            norm = Counter()
            for b, m in d["g"].items():
                if b in self.keep:
                    x = (1 + math.log(m)) * self.idf[b]; X[i, self.keep[b]] = x; norm[group_of(b)] += x * x
            for b in d["g"]:
                if b in self.keep: X[i, self.keep[b]] *= 3 / math.sqrt(norm[group_of(b)])   # each group to length 3
            q = [self.vocab.get(w, 1) for w in d["toks"][:self.LENGTH]]; S[i, :len(q)] = q
        F = np.array([list(d["F"].values()) for d in docs])
        return X, np.clip((F - self.mean) / self.std, -4, 4).astype(np.float32), S

def document(raw):
    t = normalise(raw); toks, urls = tokenise(t)
    return dict(text=t, toks=toks, F=features(t, toks, urls), g=grams(toks))

# ---------------------------------------------------------------- 6. network
CFG = dict(epochs=15, lr=2e-3, smooth=0.05, members=3, batch=64, xdrop=.2, fdrop=.1, drop=.5, wdrop=.1, hid=64, emb=32, conv=64)
def train_member(data, y, seed, nvocab, cfg):
    import torch, torch.nn as nn, torch.nn.functional as Fn
    torch.set_num_threads(1); torch.manual_seed(seed)
    X, F, S = map(torch.tensor, data); y = torch.tensor(y, dtype=torch.float32)
    class Net(nn.Module):
        def __init__(s):
            super().__init__()
            s.emb = nn.Embedding(nvocab, cfg["emb"]); nn.init.uniform_(s.emb.weight, -.15, .15)
            s.conv = nn.Conv1d(cfg["emb"], cfg["conv"], 3, padding=1); s.hid = nn.Linear(F.shape[1], cfg["hid"])
            s.out = nn.Linear(X.shape[1] + F.shape[1] + cfg["hid"] + cfg["conv"], 1)
            for l in (s.conv, s.hid, s.out): nn.init.xavier_uniform_(l.weight); nn.init.zeros_(l.bias)
        def forward(s, X, F, S):
            if s.training: S = torch.where((torch.rand(S.shape) < cfg["wdrop"]) & (S > 0), torch.ones_like(S), S)
            c = torch.relu(s.conv(s.emb(S).transpose(1, 2))).amax(2)
            h = torch.relu(s.hid(F))
            d = lambda t, p: Fn.dropout(t, p, s.training)
            return s.out(torch.cat([d(X, cfg["xdrop"]), d(F, cfg["fdrop"]), d(h, cfg["drop"]), d(c, cfg["drop"])], 1)).squeeze(1)
    net = Net(); opt = torch.optim.Adam(net.parameters(), lr=cfg["lr"]); n = len(y); B = cfg["batch"]
    steps = cfg["epochs"] * math.ceil(n / B); t = 0; target = y * (1 - 2 * cfg["smooth"]) + cfg["smooth"]
    for _ in range(cfg["epochs"]):
        net.train(); P = torch.randperm(n)
        for i in range(0, n, B):
            b = P[i:i+B]
            for g in opt.param_groups: g["lr"] = cfg["lr"] * (1 - t / steps)   # straight line to zero
            t += 1
            loss = Fn.binary_cross_entropy_with_logits(net(X[b], F[b], S[b]), target[b])
            opt.zero_grad(); loss.backward(); opt.step()
    net.eval()
    def predict(data):
        with torch.no_grad(): return torch.sigmoid(net(*map(torch.tensor, data))).numpy()
    return predict

def load(directory, videos):
    out = {}
    for v in videos:
        with open(f"{directory}/Youtube0{VIDEOS.index(v)+1}-{v}.csv", encoding="utf-8-sig", newline="") as f: rows = list(csv.DictReader(f))
        out[v] = [dict(document(r["CONTENT"]), y=int(r["CLASS"]), raw=r["CONTENT"], author=r["AUTHOR"]) for r in rows]
    return out

def evaluate(D, videos, seeds, cfg=CFG, name="", held=None, show=False):
    from sklearn.metrics import roc_auc_score, f1_score
    t0 = time.time(); res = {}
    for te in held or videos:
        docs = [d for v in videos if v != te for d in D[v]]; vid = [v for v in videos if v != te for _ in D[v]]
        vec = Vectoriser().fit(docs, vid); data, test = vec(docs), vec(D[te])
        y = np.array([d["y"] for d in docs], np.float32); z = np.array([d["y"] for d in D[te]])
        per = []; single = []; allp = []
        for s in seeds:
            ps = [train_member(data, y, 100 * s + k, len(vec.vocab) + 2, cfg)(test) for k in range(cfg["members"])]
            single += [((p >= .5) == z).mean() for p in ps]; p = np.mean(ps, 0); q = (p >= .5).astype(int); allp.append(p)
            per.append((float((q == z).mean()), float(f1_score(z, q)), float(roc_auc_score(z, p))))
        a = np.array(per); res[te] = dict(acc=a[:, 0].mean(), acc_seeds=[round(x, 4) for x in a[:, 0]], f1=a[:, 1].mean(), auc=a[:, 2].mean(), single=float(np.mean(single)), inputs=len(vec.keep), vocab=len(vec.vocab))
        if show:
            p = np.mean(allp, 0)
            for i in sorted((i for i in range(len(z)) if (p[i] >= .5) != z[i]), key=lambda i: p[i]):
                print(f"   {te} {z[i]} {p[i]:.2f} {D[te][i]['text'][:230]}")
    m = {k: float(np.mean([r[k] for r in res.values()])) for k in ("acc", "f1", "auc", "single")}
    print(f"{name:34s}", " ".join(f"{v} {r['acc']:.4f}" for v, r in res.items()), "| mean acc %.4f f1 %.4f auc %.4f single %.4f" % tuple(m[k] for k in ("acc", "f1", "auc", "single")), "(%.0f s)" % (time.time() - t0)); sys.stdout.flush()
    return dict(videos=res, mean=m)

# ---------------------------------------------------------------- 7. fixtures
# Written for the tests; none is from the data.
TEXTS = [
    "", "   \ufeff ", "Check out my channel qwerty.ly / x", "\uff23\uff28\uff25\uff23\uff2b \uff2f\uff35\uff34 my new polka song",
    "s u b s c r i b e to me and my hens plz", "SUB4SUB pls!!!", "p\u0430\u0443pal money for free", "visit foo(dot)com now", "visit foo . com",
    "visit foo [dot] net / bar baz", "exampledotcom is dotted", "tell me.to be honest.it is good", "so.me/thing is in.to/it",
    "bit . ly / xyz", "youtu .be/abc and goo gl/def", "see http : // foo.example / bar", "https:/one.slash http:// ", "//a.b x//c.d",
    "www.foo.com www.foo.com www.foo.com www.foo.com", "me@mail.com a.b-c.d.org-x www . x", "ends in watch?v=", "/watch?v=abc here",
    "I love this song so muchhhh &lt;3", "SOME BAND - SOME TITLE: http://youtu.be/abcdefghijk", "a - b: see https://www.youtube.com/watch?v=q",
    "<a href=\"http://www.youtube.com/watch?v=x&amp;t=3m40s\">3:40</a> is the best part",
    "<A class=b HREF=\"http://x.example/?a=1&amp;b=2\">link</A><br />look", "<a href=\"x\">no <b>end</b></a> < 3 <3 <unclosed",
    "you&#39;re great &#128525; &#x41;&#0;&#xD800;&amp;lt; &nbsp;&bogus; &#12345678;", "14,000,000 subscribers, wow", "help me get 100 subscribers please",
    "subscriber counts", "Thumbs up if you watch this with a parrot", "Like this comment if your parrot agrees", "like please, hens", "give it a like or two hens",
    "like and share, then comment", "2 billion views in 2014 or 1999", "just came to check how many views",
    "hi, I'm a 16 year old rapper, search my name", "My name is Bob. Buy cheap cards", "call me +44 7700 900123", "1 2 3 4 5 6 7 8 9, 0",
    "#music @bob hey a@b #", "\U0001F600\U0001F600\U0001F600\U0001F600\U0001F600", "\u25ac\u25ac\u25ac\u25ac\u0b9c\u06e9\u06de\u06e9 CHECK OUT MY CHANNEL", "wow!!!!!!!!",
    "don't like don\u2019t like \u201cx\u201d", "check out this parrot; look at this videotape", "K I D D I N G me", "a b c de", "s-p-a-c-e-d o.u.t l*e*t*t*e*r_s",
    "my favorite old polka song", "she danced to my polka song and my accordion video", "\u041f\u0440\u0438\u0432\u0435\u0442 \u039f\u0394\u039f\u03a3 \u0130stanbul \ufb01ne \u01c5 \u00b2", "e\u0301t\u00e9 \u00ad\u200bzero\u2060width", "\u0663 \u30fc\ud55c 4.5 6,7 8. 1.000.000",
    "please everyone go and subscribe - I will subscribe back, follow my twitter", "new album out now! vote for our band (donate)",
    "sorry for spamming, I make beats and sell iphones", "aaab aaa bb ccc'ddd", "\u2028line\u3000break\x1cend"]
# Text, video, class; two videos, so that what both have is known.
CORPUS = [
    ("check out my polka channel please", "one", 1), ("subscribe to me for free money", "one", 1), ("this song is so good", "one", 0),
    ("I love her voice", "one", 0), ("check my video http://a.example/b", "two", 1), ("free money, subscribe", "two", 1),
    ("love this polka song so much", "two", 0), ("the video is good, very good good", "two", 0)]

def dump(text):
    d = document(text)
    return dict(text=d["text"], tokens=d["toks"], features=list(d["F"].values()), buckets=sorted(d["g"].items()))

def fixture():
    texts = []
    for raw in TEXTS:
        d = dump(raw); b = d.pop("buckets")
        # every bucket enters the sum with its place in the order
        texts.append(dict(raw=raw, **d, buckets=len(b), bucketSum=sum((i + 1) * k * n for i, (k, n) in enumerate(b))))
    docs = [document(t) for t, _, _ in CORPUS]; vec = Vectoriser().fit(docs, [v for _, v, _ in CORPUS]); X, F, S = vec(docs)
    corpus = dict(texts=[t for t, _, _ in CORPUS], videos=[v for _, v, _ in CORPUS], kept=list(vec.keep), idf=[vec.idf[b] for b in vec.keep],
                  vocabulary=list(vec.vocab), mean=vec.mean.tolist(), deviation=vec.std.tolist(),
                  grams=[[[int(j), float(x[j])] for j in np.nonzero(x)[0]] for x in X], features=F.tolist(), indices=S.tolist())
    return dict(features=list(document("")["F"]), texts=texts, corpus=corpus)

if __name__ == "__main__":
    mode, argument = sys.argv[1:3]
    if mode == "dump": print(json.dumps(dump(argument), ensure_ascii=False, indent=1))
    elif mode == "fixture":
        def short(x):  # nine digits are more than the Swift side's Float has
            return float("%.9g" % x) if isinstance(x, float) else [short(y) for y in x] if isinstance(x, list) else {k: short(y) for k, y in x.items()} if isinstance(x, dict) else x
        with open(argument, "w", encoding="utf-8") as f: json.dump(short(fixture()), f, separators=(",", ":")); f.write("\n")
    elif mode == "inner": evaluate(load(argument, VIDEOS[:4]), VIDEOS[:4], range(2), name="inner", show=True)
    elif mode == "final": print(json.dumps(evaluate(load(argument, VIDEOS), VIDEOS, range(5), name="final"), indent=1, default=float))
    else: sys.exit(__doc__)
