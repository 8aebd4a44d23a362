#if defined(__x86_64__)
#include <cpuid.h>
#endif

// The level of the x86-64 instruction set that processor and operating system support: 4 (AVX-512), 3 (AVX2 and
// FMA), else 1. Swift has no other way to ask.
static inline int cryosam_processor_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return 4;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2")) return 3;
#endif
  return 1;
}

// Products of eight bits: the VNNI instructions of AVX-512, and those of 256 bits (AVX-VNNI); products of bfloat16.
static inline _Bool cryosam_has_avx512_vnni(void) {
#if defined(__x86_64__)
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c >> 11 & 1);
#else
  return 0;
#endif
}
static inline _Bool cryosam_has_avx_vnni(void) {
#if defined(__x86_64__)
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
#else
  return 0;
#endif
}
static inline _Bool cryosam_has_avx512_bf16(void) {
#if defined(__x86_64__)
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1);
#else
  return 0;
#endif
}
