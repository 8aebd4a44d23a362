#include <cblas.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// OpenBLAS is opened when weights are, not linked. Linked, it and the Fortran library behind it would lengthen the
// start of every command, and start a thread for each processor, never used, of 128 MB of address space each.

typedef struct {
  __typeof__(cblas_sgemm) *sgemm;
  __typeof__(openblas_set_num_threads) *set_threads;
  __typeof__(openblas_get_parallel) *parallel;
  __typeof__(openblas_get_config) *configuration;
  __typeof__(openblas_get_corename) *core;
} OpenBLASFunctions;

// Finds the functions and returns NULL, or else returns what is wrong.
static inline const char *openblas_functions_open(OpenBLASFunctions *blas) {
  // The library reads the number of its threads, and starts them, while it is opened. What the user gave is put back
  // then: it is for other programs that this one starts.
  const char *name = "OPENBLAS_NUM_THREADS";
  const char *given = getenv(name);
  char *kept = given ? strdup(given) : NULL;
  setenv(name, "1", 1);
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  const char *reason = library ? NULL : strdup(dlerror());
  if (!library) library = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
  if (kept) setenv(name, kept, 1);
  else unsetenv(name);
  free(kept);
  if (!library) return reason;
  blas->sgemm = (__typeof__(cblas_sgemm) *)dlsym(library, "cblas_sgemm");
  blas->set_threads = (__typeof__(openblas_set_num_threads) *)dlsym(library, "openblas_set_num_threads");
  blas->parallel = (__typeof__(openblas_get_parallel) *)dlsym(library, "openblas_get_parallel");
  blas->configuration = (__typeof__(openblas_get_config) *)dlsym(library, "openblas_get_config");
  blas->core = (__typeof__(openblas_get_corename) *)dlsym(library, "openblas_get_corename");
  int found = blas->sgemm && blas->set_threads && blas->parallel && blas->configuration && blas->core;
  return found ? NULL : "it lacks functions that OpenBLAS has";
}
