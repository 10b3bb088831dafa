/* cairo's C API as one module: the drawing calls and the SVG surface. Compiler and linker flags come from pkg-config. */
#ifndef APUS_CCAIRO_SHIM_H
#define APUS_CCAIRO_SHIM_H

#include <cairo.h>
#include <cairo-svg.h>

#endif
