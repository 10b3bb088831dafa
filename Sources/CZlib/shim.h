/* zlib as a module. inflateInit2 is a macro, which Swift does not see. */
#ifndef APUS_CZLIB_SHIM_H
#define APUS_CZLIB_SHIM_H

#include <zlib.h>

/* 15 + 16: the largest window, in gzip's format only. */
static inline int apus_inflate_gzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

#endif
