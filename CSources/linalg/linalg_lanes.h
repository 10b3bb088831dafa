// How lanes move on between two neighbouring vectors, for __builtin_shufflevector: PUSH brings the last lane of the first
// before those of the second, PULL the first lane of the second behind those of the first; INSERT puts the first
// lane of the second behind the first lane of the first, APPEND the last lane of the second behind those of the first
// from its second on. To be included with LANES defined; undefines none.
#undef PUSH
#undef PULL
#undef INSERT
#undef APPEND
#if LANES == 16
#define PUSH 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
#define PULL 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
#define INSERT 0, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
#define APPEND 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 31
#elif LANES == 8
#define PUSH 7, 8, 9, 10, 11, 12, 13, 14
#define PULL 1, 2, 3, 4, 5, 6, 7, 8
#define INSERT 0, 8, 1, 2, 3, 4, 5, 6
#define APPEND 1, 2, 3, 4, 5, 6, 7, 15
#elif LANES == 4
#define PUSH 3, 4, 5, 6
#define PULL 1, 2, 3, 4
#define INSERT 0, 4, 1, 2
#define APPEND 1, 2, 3, 7
#elif LANES == 2
#define PUSH 1, 2
#define PULL 1, 2
#define INSERT 0, 2
#define APPEND 1, 3
#endif
