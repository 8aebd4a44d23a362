// The files of pages, put into the program. Swift Package Manager can do so too, as arrays of numbers in Swift, which take
// the compiler a quarter of a millisecond a byte.
#include "CPages.h"

#include <string.h>

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char web_index_html[] = {
#embed "../Viewer/Web/index.html"
};
static const unsigned char web_style_css[] = {
#embed "../Viewer/Web/style.css"
};
static const unsigned char web_main_js[] = {
#embed "../Viewer/Web/main.js"
};
static const unsigned char web_api_js[] = {
#embed "../Viewer/Web/api.js"
};
static const unsigned char web_views_js[] = {
#embed "../Viewer/Web/views.js"
};
static const unsigned char web_masks_js[] = {
#embed "../Viewer/Web/masks.js"
};
static const unsigned char web_gallery_js[] = {
#embed "../Viewer/Web/gallery.js"
};
static const unsigned char web_histogram_js[] = {
#embed "../Viewer/Web/histogram.js"
};
static const unsigned char web_solid_js[] = {
#embed "../Viewer/Web/solid.js"
};
static const unsigned char web_list_html[] = {
#embed "../Viewer/Web/list.html"
};
static const unsigned char web_list_js[] = {
#embed "../Viewer/Web/list.js"
};
static const unsigned char styles_page_css[] = {
#embed "../Markup/Styles/page.css"
};
static const unsigned char styles_marks_css[] = {
#embed "../Markup/Styles/marks.css"
};
static const unsigned char styles_chart_css[] = {
#embed "../Markup/Styles/chart.css"
};
static const unsigned char styles_report_css[] = {
#embed "../Markup/Styles/report.css"
};
static const unsigned char styles_comparison_css[] = {
#embed "../Markup/Styles/comparison.css"
};
static const unsigned char styles_picture_css[] = {
#embed "../Markup/Styles/picture.css"
};

#define NAMED(path, file) \
  if (!strcmp(name, path)) return (PageFile){file, sizeof file}

PageFile page_file(const char *name) {
  NAMED("Web/index.html", web_index_html);
  NAMED("Web/style.css", web_style_css);
  NAMED("Web/main.js", web_main_js);
  NAMED("Web/api.js", web_api_js);
  NAMED("Web/views.js", web_views_js);
  NAMED("Web/masks.js", web_masks_js);
  NAMED("Web/gallery.js", web_gallery_js);
  NAMED("Web/histogram.js", web_histogram_js);
  NAMED("Web/solid.js", web_solid_js);
  NAMED("Web/list.html", web_list_html);
  NAMED("Web/list.js", web_list_js);
  NAMED("Styles/page.css", styles_page_css);
  NAMED("Styles/marks.css", styles_marks_css);
  NAMED("Styles/chart.css", styles_chart_css);
  NAMED("Styles/report.css", styles_report_css);
  NAMED("Styles/comparison.css", styles_comparison_css);
  NAMED("Styles/picture.css", styles_picture_css);
  return (PageFile){NULL, 0};
}
