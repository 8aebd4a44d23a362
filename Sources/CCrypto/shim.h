// The hash functions themselves, out of the library's archive: with the whole of OpenSSL to be found and opened, every
// command would start later. They are declared for programs of the time before OpenSSL 3.
#define OPENSSL_API_COMPAT 0x10101000L
#include <openssl/md5.h>
#include <openssl/sha.h>
