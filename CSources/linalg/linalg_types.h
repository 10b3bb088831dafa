// Included before a template of kernels: what depends on the type alone. LINALG_IS_DOUBLE chooses.
#if LINALG_IS_DOUBLE
#define T double
#define WHOLE_NUMBER int64_t
#define SMALL_HALF 8
#define LARGE_HALF 16
#define TABLE_TYPE apus_f64_linalg_kernels
#define SQRT sqrt
#define LARGE_RATIO 0x1p500
#else
#define T float
#define WHOLE_NUMBER int32_t
#define SMALL_HALF 16
#define LARGE_HALF 32
#define TABLE_TYPE apus_f32_linalg_kernels
#define SQRT sqrtf
#define LARGE_RATIO 0x1p60f
#endif
