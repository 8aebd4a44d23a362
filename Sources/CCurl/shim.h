#include <curl/curl.h>
#include <dlfcn.h>

// libcurl is opened when something is downloaded, not linked: linked, it and the thirty libraries behind it would
// lengthen the start of every command by half. Its functions with variable arguments, which Swift does not import,
// get one form for each type of argument.

typedef struct {
  void *library;
  CURL *(*create)(void);
  void (*destroy)(CURL *);
  CURLcode (*perform)(CURL *);
  CURLcode (*set)(CURL *, CURLoption, ...);
  CURLcode (*get)(CURL *, CURLINFO, ...);
  const char *(*describe)(CURLcode);
  struct curl_slist *(*append)(struct curl_slist *, const char *);
  void (*free_list)(struct curl_slist *);
} CurlFunctions;

// Finds the functions; 0 if there is no libcurl.
static inline int curl_functions_open(CurlFunctions *curl) {
  curl->library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!curl->library) curl->library = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!curl->library) return 0;
  CURLcode (*initialise)(long) = (CURLcode (*)(long))dlsym(curl->library, "curl_global_init");
  curl->create = (CURL * (*)(void)) dlsym(curl->library, "curl_easy_init");
  curl->destroy = (void (*)(CURL *))dlsym(curl->library, "curl_easy_cleanup");
  curl->perform = (CURLcode(*)(CURL *))dlsym(curl->library, "curl_easy_perform");
  curl->set = (CURLcode(*)(CURL *, CURLoption, ...))dlsym(curl->library, "curl_easy_setopt");
  curl->get = (CURLcode(*)(CURL *, CURLINFO, ...))dlsym(curl->library, "curl_easy_getinfo");
  curl->describe = (const char *(*)(CURLcode))dlsym(curl->library, "curl_easy_strerror");
  curl->append = (struct curl_slist * (*)(struct curl_slist *, const char *))
      dlsym(curl->library, "curl_slist_append");
  curl->free_list = (void (*)(struct curl_slist *))dlsym(curl->library, "curl_slist_free_all");
  return initialise && curl->create && curl->destroy && curl->perform && curl->set && curl->get && curl->describe
      && curl->append && curl->free_list && initialise(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

typedef size_t (*CurlReceiver)(char *, size_t, size_t, void *);

static inline CURLcode curl_set_number(const CurlFunctions *curl, CURL *handle, CURLoption option, long value) {
  return curl->set(handle, option, value);
}
static inline CURLcode curl_set_text(
    const CurlFunctions *curl, CURL *handle, CURLoption option, const char *value) {
  return curl->set(handle, option, value);
}
static inline CURLcode curl_set_receiver(
    const CurlFunctions *curl, CURL *handle, CURLoption option, CurlReceiver value) {
  return curl->set(handle, option, value);
}
static inline CURLcode curl_set_pointer(const CurlFunctions *curl, CURL *handle, CURLoption option, void *value) {
  return curl->set(handle, option, value);
}
static inline CURLcode curl_get_number(const CurlFunctions *curl, CURL *handle, CURLINFO information, long *value) {
  return curl->get(handle, information, value);
}

// Where redirects may lead: to https alone if the address given was https.
static inline CURLcode curl_set_protocols(const CurlFunctions *curl, CURL *handle, int secure) {
#if LIBCURL_VERSION_NUM >= 0x075500
  const char *allowed = secure ? "https" : "http,https";
  CURLcode code = curl->set(handle, CURLOPT_PROTOCOLS_STR, allowed);
  return code != CURLE_OK ? code : curl->set(handle, CURLOPT_REDIR_PROTOCOLS_STR, allowed);
#else
  long allowed = secure ? CURLPROTO_HTTPS : CURLPROTO_HTTP | CURLPROTO_HTTPS;
  CURLcode code = curl->set(handle, CURLOPT_PROTOCOLS, allowed);
  return code != CURLE_OK ? code : curl->set(handle, CURLOPT_REDIR_PROTOCOLS, allowed);
#endif
}
