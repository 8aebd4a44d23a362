#include <stddef.h>

// A file of a page, for as long as the program runs.
typedef struct {
  const unsigned char *_Nullable bytes;
  size_t count;
} PageFile;

// The file called `name`: `Web/main.js`, `Styles/page.css`; none has no bytes.
PageFile page_file(const char *_Nonnull name);
