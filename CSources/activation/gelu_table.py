"""Writes gelu_table.h: the tail of the standard normal's distribution and the slope of gelu there, in pieces.

usage: python3 gelu_table.py > gelu_table.h     (needs mpmath)
"""
from mpmath import mp, mpf, chebyfit, erfc, exp, pi, sqrt

mp.dps = 40
PIECES, STEP, TERMS = 32, mpf(9) / 64, 6


def tail(a):
    return erfc(a / sqrt(mpf(2))) / 2


def slope(a):
    return tail(a) - a * exp(-a * a / 2) / sqrt(2 * pi)


def number(x):
    return mp.nstr(x if abs(x) > mpf(10) ** -20 else mpf(0), 9, min_fixed=1, max_fixed=0) + "f"


def table(name, f):
    pieces = [chebyfit(lambda u: f(n * STEP + u), [-STEP / 2, STEP / 2], TERMS)[::-1] for n in range(PIECES)]
    print(f"static const float {name}[GELU_TERMS][GELU_PIECES] = {{")
    for k in range(TERMS):
        print("    {")
        for n in range(0, PIECES, 8):
            print("        " + ", ".join(number(pieces[m][k]) for m in range(n, n + 8)) + ",")
        print("    },")
    print("};")


print("// Made by gelu_table.py. Piece n is for a = n * GELU_STEP + u, |u| <= GELU_STEP / 2: term k is what u^k is multiplied by.")
print("#ifndef APUS_GELU_TABLE_H")
print("#define APUS_GELU_TABLE_H")
print()
print(f"#define GELU_PIECES {PIECES}")
print(f"#define GELU_TERMS {TERMS}")
print(f"#define GELU_STEP {float(STEP)}f")
print(f"#define GELU_STEPS {float(1 / STEP):.9g}f // in 1")
print(f"#define GELU_END {float((PIECES - mpf(3) / 4) * STEP)}f // short of the last piece's end, for a * GELU_STEPS is rounded")
print()
print("// Phi(-a)")
table("gelu_tail", tail)
print("// The slope of gelu at -a: Phi(-a) - a * exp(-a^2 / 2) / sqrt(2 pi)")
table("gelu_tail_slope", slope)
print()
print("#endif")
