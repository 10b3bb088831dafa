// isa_probe NAME: prints "yes" if this processor can run the variant, else "no".
#include <stdio.h>
#include <string.h>

#include "../../include/apus/runtime.h"

int main(int count, char **arguments) {
    for (int isa = 0; count == 2 && strcmp(apus_isa_name((apus_isa)isa), "unknown") != 0; ++isa)
        if (strcmp(apus_isa_name((apus_isa)isa), arguments[1]) == 0)
            return puts(apus_isa_supported((apus_isa)isa) ? "yes" : "no") < 0;
    fprintf(stderr, "isa_probe: which instruction set?\n");
    return 2;
}
