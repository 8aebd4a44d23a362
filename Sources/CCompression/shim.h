#include <zlib.h>
#include <bzlib.h>
#include <blosc.h>
#include <zstd.h>
