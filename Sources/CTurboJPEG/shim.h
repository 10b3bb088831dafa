/* libjpeg-turbo's own API, which reports errors instead of jumping. Flags come from pkg-config. */
#ifndef APUS_CTURBOJPEG_SHIM_H
#define APUS_CTURBOJPEG_SHIM_H

#include <turbojpeg.h>

#endif
