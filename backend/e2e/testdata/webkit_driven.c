/* A preload library for tests only: it lets WebKitWebDriver drive the one web view of the program that ships, which
 * itself has no switch for that. It makes the view controllable by automation, and keeps the inspector's variables,
 * which the program rightly removes, for WebKit to find. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <gtk/gtk.h>
#include <string.h>
#include <webkit2/webkit2.h>

static GtkWidget *view;

int unsetenv(const char *name) {
  if (strncmp(name, "WEBKIT_INSPECTOR_", 17) == 0) return 0;
  int (*next)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "unsetenv");
  return next(name);
}

static WebKitWebView *give_view(WebKitAutomationSession *session, gpointer data) {
  (void)session;
  (void)data;
  return WEBKIT_WEB_VIEW(view);
}

static void automation_started(WebKitWebContext *context, WebKitAutomationSession *session, gpointer data) {
  (void)context;
  (void)data;
  WebKitApplicationInfo *info = webkit_application_info_new();
  webkit_application_info_set_name(info, "parley");
  webkit_application_info_set_version(info, 1, 0, 0);
  webkit_automation_session_set_application_info(session, info);
  webkit_application_info_unref(info);
  g_signal_connect(session, "create-web-view", G_CALLBACK(give_view), NULL);
}

GtkWidget *webkit_web_view_new_with_user_content_manager(WebKitUserContentManager *manager) {
  gboolean driven = g_getenv("WEBKIT_INSPECTOR_SERVER") != NULL;
  if (driven) {
    WebKitWebContext *context = webkit_web_context_get_default();
    webkit_web_context_set_automation_allowed(context, TRUE);
    g_signal_connect(context, "automation-started", G_CALLBACK(automation_started), NULL);
  }
  view = g_object_new(WEBKIT_TYPE_WEB_VIEW, "user-content-manager", manager, "is-controlled-by-automation", driven, NULL);
  return view;
}
