// Instructions that Swift's SIMD types have no word for. What there is depends on the flags that a target is built
// with; see Package.swift.
#pragma once
#if defined(__x86_64__)
#include <immintrin.h>

typedef int cryosam_ints8 __attribute__((ext_vector_type(8)));
typedef int cryosam_ints16 __attribute__((ext_vector_type(16)));
typedef float cryosam_floats16 __attribute__((ext_vector_type(16)));

#if defined(__AVX2__)
// 16 int8 at `address` as int16.
static inline cryosam_ints8 cryosam_widened(const void *address) {
  return (cryosam_ints8)_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)address));
}
// sum + a[2i] b[2i] + a[2i + 1] b[2i + 1], a and b being 16 int16.
static inline cryosam_ints8 cryosam_add_products_of_pairs(cryosam_ints8 sum, cryosam_ints8 a, cryosam_ints8 b) {
  return (cryosam_ints8)_mm256_add_epi32((__m256i)sum, _mm256_madd_epi16((__m256i)a, (__m256i)b));
}
#endif

#if defined(__AVX512VNNI__)
// sum + the products of four uint8 of a with four int8 of b, in each lane.
static inline cryosam_ints16 cryosam_add_products_of_fours(cryosam_ints16 sum, cryosam_ints16 a, cryosam_ints16 b) {
  return (cryosam_ints16)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
}
// sum + a[2i] b[2i] + a[2i + 1] b[2i + 1], a and b being 32 int16.
static inline cryosam_ints16 cryosam_add_products_of_wide_pairs(cryosam_ints16 sum, cryosam_ints16 a, cryosam_ints16 b) {
  return (cryosam_ints16)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
}
#elif defined(__AVXVNNI__)
static inline cryosam_ints8 cryosam_add_products_of_fours(cryosam_ints8 sum, cryosam_ints8 a, cryosam_ints8 b) {
  return (cryosam_ints8)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)a, (__m256i)b);
}
#endif

#if defined(__AVX512BF16__)
// sum + the products of two bfloat16 of a with two of b, in each lane.
static inline cryosam_floats16 cryosam_add_bfloat16_products(cryosam_floats16 sum, cryosam_ints16 a, cryosam_ints16 b) {
  return (cryosam_floats16)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
}
#endif
#endif
