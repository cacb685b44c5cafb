/* user/servers/shell/show.h - commands that show what the kernel has.  argv[argc] is
 * NULL; each returns its status (jobs.h). */
#pragma once

int show_processes(int argc, const char *const *argv);
int show_threads(int argc, const char *const *argv);
int show_handles(int argc, const char *const *argv);
int show_irqs(int argc, const char *const *argv);
int show_frames(int argc, const char *const *argv);
int show_log(int argc, const char *const *argv);
