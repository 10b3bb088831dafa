/* HDF5's C API, plus what Swift cannot import of it: constants that are macros, and functions whose names and
   structs changed between 1.10 and 1.14. Flags come from pkg-config. */
#ifndef APUS_CHDF5_SHIM_H
#define APUS_CHDF5_SHIM_H

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h> /* HDF5's own dependency, for Keras' zip archives */

static inline hid_t apus_h5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t apus_h5_ieee_f32le(void) { return H5T_IEEE_F32LE; }
static inline hid_t apus_h5_c_string(void) { return H5T_C_S1; }
static inline hid_t apus_h5_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t apus_h5_default(void) { return H5P_DEFAULT; }
static inline hid_t apus_h5_whole(void) { return H5S_ALL; }
static inline unsigned apus_h5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned apus_h5_truncate(void) { return H5F_ACC_TRUNC; }

/* File access without HDF5's own locks, where this version can do without: a file may lie where there are none. */
static inline hid_t apus_h5_access(void) {
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
#if H5_VERSION_GE(1, 14, 0)
    if (access >= 0) H5Pset_file_locking(access, 0, 1);
#endif
    return access;
}

/* 1: a hard link; 0: none; -1: a link that leads elsewhere (soft, external). */
static inline int apus_h5_link(hid_t group, const char *name) {
#if H5_VERSION_GE(1, 12, 0)
    H5L_info2_t info;
#else
    H5L_info_t info;
#endif
    if (H5Lexists(group, name, H5P_DEFAULT) <= 0) return 0;
#if H5_VERSION_GE(1, 12, 0)
    if (H5Lget_info2(group, name, &info, H5P_DEFAULT) < 0) return -1;
#else
    if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0) return -1;
#endif
    return info.type == H5L_TYPE_HARD ? 1 : -1;
}

/* The file offset of a data set stored in one piece; -1 where it has none. */
static inline long long apus_h5_offset(hid_t dataset) {
    const haddr_t offset = H5Dget_offset(dataset);
    return offset == HADDR_UNDEF ? -1 : (long long)offset;
}

/* HDF5 prints its errors unless told not to; the caller's setting is put back. */
typedef struct apus_h5_silence {
    H5E_auto2_t function;
    void *data;
} apus_h5_silence;
static inline apus_h5_silence apus_h5_silence_begin(void) {
    apus_h5_silence before = {0};
    H5Eget_auto2(H5E_DEFAULT, &before.function, &before.data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return before;
}
static inline void apus_h5_silence_end(apus_h5_silence before) { H5Eset_auto2(H5E_DEFAULT, before.function, before.data); }

static inline herr_t apus_h5_keep_text(unsigned n, const H5E_error2_t *error, void *text) {
    (void)n;
    strncpy((char *)text, error->desc != NULL ? error->desc : "", 255);
    return 1; /* the innermost error alone: why, rather than what was being done */
}
/* The innermost pending error's text, or "". text: 256 bytes. */
static inline void apus_h5_error_text(char *text) {
    memset(text, 0, 256);
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, apus_h5_keep_text, text);
    H5Eclear2(H5E_DEFAULT);
}

/* Raw deflate data, as zip archives hold it: null if memory is short. */
static inline void *apus_inflate_begin(void) {
    z_stream *stream = (z_stream *)calloc(1, sizeof(z_stream));
    if (stream != NULL && inflateInit2(stream, -15) != Z_OK) {
        free(stream);
        return NULL;
    }
    return stream;
}
static inline void apus_inflate_end(void *inflater) {
    if (inflater == NULL) return;
    inflateEnd((z_stream *)inflater);
    free(inflater);
}
static inline void apus_inflate_input(void *inflater, const void *input, unsigned count) {
    ((z_stream *)inflater)->next_in = (Bytef *)input;
    ((z_stream *)inflater)->avail_in = count;
}
/* 1: the stream is over; 0: fill the input, or call again if the output was filled; -1: damaged. */
static inline int apus_inflate_step(void *inflater, void *output, unsigned capacity, unsigned *made) {
    z_stream *stream = (z_stream *)inflater;
    stream->next_out = (Bytef *)output;
    stream->avail_out = capacity;
    const int state = inflate(stream, Z_NO_FLUSH);
    *made = capacity - stream->avail_out;
    if (state == Z_STREAM_END) return 1;
    return state == Z_OK || state == Z_BUF_ERROR ? 0 : -1;
}

#endif
