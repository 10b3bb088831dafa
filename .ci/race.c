// race none: a parallel loop without a race, where the thread sanitizer must say nothing.
// race sum: every thread adds to one variable, where it must speak up.
#include <apus.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { count = 4000 };

static long sum;

static void fill(void *context, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t i = begin; i < end; ++i) ((int *)context)[i] = (int)i;
}

static void add(void *context, ptrdiff_t begin, ptrdiff_t end) {
    (void)context;
    for (ptrdiff_t i = begin; i < end; ++i) sum += i;
    usleep(1000); // so that one thread cannot take all the work before the others wake up
}

int main(int arguments, char **argument) {
    static int numbers[count];
    int race = arguments == 2 && strcmp(argument[1], "sum") == 0;
    apus_set_threads(4);
    for (int repeat = 0; repeat < 50; ++repeat) {
        apus_parallel_for(count, 10, fill, numbers);
        for (int i = 0; i < count; ++i)
            if (numbers[i] != i) return 1;
        memset(numbers, 0, sizeof numbers);
        if (race) apus_parallel_for(count, 500, add, NULL);
    }
    printf("%s\n", race ? "raced" : "a loop without a race: silent");
    return 0;
}
