#include <zlib.h>
#include <bzlib.h>
#include <blosc.h>
#include <dlfcn.h>
#include <zstd.h>

// c-blosc is opened when a chunk needs it, not linked: it and the three libraries behind it would lengthen the start
// of every command.

typedef struct {
  __typeof__(blosc_cbuffer_validate) *validate;
  __typeof__(blosc_decompress_ctx) *decompress;
  __typeof__(blosc_compress_ctx) *compress;
} BloscFunctions;

// Finds the functions; 0 if there is no c-blosc.
static inline int blosc_functions_open(BloscFunctions *blosc) {
  void *library = dlopen("libblosc.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen("libblosc.so", RTLD_NOW | RTLD_LOCAL);
  if (!library) return 0;
  blosc->validate = (__typeof__(blosc_cbuffer_validate) *)dlsym(library, "blosc_cbuffer_validate");
  blosc->decompress = (__typeof__(blosc_decompress_ctx) *)dlsym(library, "blosc_decompress_ctx");
  blosc->compress = (__typeof__(blosc_compress_ctx) *)dlsym(library, "blosc_compress_ctx");
  return blosc->validate && blosc->decompress && blosc->compress;
}
