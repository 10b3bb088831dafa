// isa_probe NAME: exits with 0 if this processor can run the variant, else with 1.
#include <string.h>

#include "../../include/apus/runtime.h"

int main(int count, char **arguments) {
    for (int isa = 0; count == 2 && strcmp(apus_isa_name((apus_isa)isa), "unknown") != 0; ++isa)
        if (strcmp(apus_isa_name((apus_isa)isa), arguments[1]) == 0) return !apus_isa_supported((apus_isa)isa);
    return 1;
}
