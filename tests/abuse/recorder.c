/* Stands between a process and its files (LD_PRELOAD): writes down what it does to them, and makes calls fail.

   RECORDER_FOLDER  the folder whose files are looked at
   RECORDER_LOG     where each change is written down, in the order in which it took effect
   RECORDER_RULES   a file of rules, read before every call, so that they can change meanwhile:
                      CALL PART SKIP TIMES WHAT
                    CALL is write, read, sync, open, rename, unlink, link, mkdir or truncate, PART the
                    end of the path, ~ and any part of it, or *, SKIP how many calls pass before, TIMES how many are hit then
                    (-1: all), WHAT an errno, `kill` (die before the call) or `torn` (die in its middle).

   A record of the log: kind, length of path, offset, length of data, path, data. Kinds: C create, W write,
   T truncate, S sync, R rename (data: the new path), L link (likewise), U unlink, M mkdir. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define KILL (-1)
#define TORN (-2)

struct rule {
    char call[16], part[256], what[16];
    long skip, times;
};

static char folder[PATH_MAX];
static size_t folder_length;
static int log_fd = -1;
static const char *rules_path;
static char rules_text[4096];
static struct rule rules[16];
static int rule_count;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int (*real_open)(const char *, int, ...);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_read)(int, void *, size_t);

__attribute__((constructor)) static void begin(void) {
    real_open = REAL(open);
    real_write = REAL(write);
    real_read = REAL(read);
    const char *given = getenv("RECORDER_FOLDER"), *log_path = getenv("RECORDER_LOG");
    rules_path = getenv("RECORDER_RULES");
    if (given == NULL) return;
    snprintf(folder, sizeof folder, "%s", given);
    folder_length = strlen(folder);
    if (log_path != NULL) log_fd = real_open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int inside(const char *path) {
    return folder_length && strncmp(path, folder, folder_length) == 0 &&
           (path[folder_length] == '/' || path[folder_length] == 0);
}

static int path_of(int fd, char *path) {
    if (!folder_length) return 0;
    char link[64];
    int kept = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    errno = kept;
    if (length < 0) return 0;
    path[length] = 0;
    return inside(path);
}

static int path_at(int base, const char *given, char *path) {
    if (!folder_length || given == NULL) return 0;
    char start[PATH_MAX] = "";
    if (given[0] != '/') {
        if (base == AT_FDCWD) {
            if (getcwd(start, sizeof start) == NULL) return 0;
        } else {
            path_of(base, start);
        }
        if (snprintf(path, PATH_MAX, "%s/%s", start, given) >= PATH_MAX) return 0;
    } else {
        snprintf(path, PATH_MAX, "%s", given);
    }
    return inside(path);
}

static void enter(void) {
    pthread_mutex_lock(&mutex);
    if (log_fd >= 0) flock(log_fd, LOCK_EX);
}

static void leave(void) {
    int kept = errno;
    if (log_fd >= 0) flock(log_fd, LOCK_UN);
    pthread_mutex_unlock(&mutex);
    errno = kept;
}

static void record(char kind, const char *path, uint64_t offset, const void *data, uint64_t length) {
    if (log_fd < 0) return;
    uint32_t path_length = strlen(path);
    size_t size = 1 + 4 + 8 + 8 + path_length + length;
    char *buffer = malloc(size), *at = buffer;
    int kept = errno;
    *at++ = kind;
    memcpy(at, &path_length, 4), at += 4;
    memcpy(at, &offset, 8), at += 8;
    memcpy(at, &length, 8), at += 8;
    memcpy(at, path, path_length), at += path_length;
    if (length) memcpy(at, data, length);
    if (real_write(log_fd, buffer, size) != (ssize_t)size) abort();
    free(buffer);
    errno = kept;
}

static void read_rules(void) {
    char text[sizeof rules_text] = "";
    int fd = real_open(rules_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t length = real_read(fd, text, sizeof text - 1);
    close(fd);
    if (length < 0 || strcmp(text, rules_text) == 0) return;
    strcpy(rules_text, text);
    rule_count = 0;
    char *rest = text, *line;
    while ((line = strsep(&rest, "\n")) != NULL && rule_count < 16) {
        struct rule *rule = &rules[rule_count];
        if (sscanf(line, "%15s %255s %ld %ld %15s", rule->call, rule->part, &rule->skip, &rule->times,
                   rule->what) == 5)
            rule_count++;
    }
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static int fits(const char *part, const char *path) {
    size_t length = strlen(path), tail = strlen(part);
    if (strcmp(part, "*") == 0) return 1;
    if (part[0] == '~') return strstr(path, part + 1) != NULL;
    return tail <= length && strcmp(path + length - tail, part) == 0;
}

/* What is to become of a call: 0 nothing, an errno, or TORN; KILL does not come back. */
static int fate(const char *call, const char *path) {
    if (rules_path == NULL) return 0;
    read_rules();
    for (int i = 0; i < rule_count; i++) {
        struct rule *rule = &rules[i];
        if (strcmp(rule->call, call) != 0 || rule->times == 0 || !fits(rule->part, path)) continue;
        if (rule->skip > 0) {
            rule->skip--;
            continue;
        }
        if (rule->times > 0) rule->times--;
        if (strcmp(rule->what, "kill") == 0) die();
        if (strcmp(rule->what, "torn") == 0) return TORN;
        return atoi(rule->what);
    }
    return 0;
}

#define FAIL_IF_FATED(call, path)          \
    int fated = fate(call, path);          \
    if (fated > 0) {                       \
        errno = fated;                     \
        leave();                           \
        return -1;                         \
    }

static ssize_t put(int fd, const char *path, const void *data, size_t length, off64_t offset) {
    static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
    if (real_pwrite == NULL) real_pwrite = REAL(pwrite64);
    enter();
    FAIL_IF_FATED("write", path)
    size_t part = fated == TORN ? length / 2 : length;
    ssize_t done = offset < 0 ? real_write(fd, data, part) : real_pwrite(fd, data, part, offset);
    if (fated == TORN) die();
    if (done > 0) {
        off64_t at = offset < 0 ? lseek64(fd, 0, SEEK_CUR) - done : offset;
        record('W', path, at, data, done);
    }
    leave();
    return done;
}

ssize_t write(int fd, const void *data, size_t length) {
    char path[PATH_MAX];
    if (real_write == NULL) real_write = REAL(write);
    return path_of(fd, path) ? put(fd, path, data, length, -1) : real_write(fd, data, length);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    char path[PATH_MAX];
    return path_of(fd, path) ? put(fd, path, data, length, offset)
                             : REAL(pwrite64)(fd, data, length, offset);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
    return pwrite64(fd, data, length, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return REAL(writev)(fd, parts, count);
    ssize_t total = 0;
    for (int i = 0; i < count; i++) {
        ssize_t done = put(fd, path, parts[i].iov_base, parts[i].iov_len, -1);
        if (done < 0) return total ? total : -1;
        total += done;
        if ((size_t)done < parts[i].iov_len) break;
    }
    return total;
}

/* Copies go through write, where they are seen: callers fall back to it. */
ssize_t sendfile(int out, int in, off_t *offset, size_t count) {
    char path[PATH_MAX];
    if (!path_of(out, path)) return REAL(sendfile)(out, in, offset, count);
    errno = EINVAL;
    return -1;
}

ssize_t sendfile64(int out, int in, off64_t *offset, size_t count) { return sendfile(out, in, offset, count); }

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t count, unsigned flags) {
    char path[PATH_MAX];
    if (!path_of(out, path)) return REAL(copy_file_range)(in, from, out, to, count, flags);
    errno = EINVAL;
    return -1;
}

ssize_t read(int fd, void *data, size_t length) {
    char path[PATH_MAX];
    if (real_read == NULL) real_read = REAL(read);
    if (rules_path == NULL || !path_of(fd, path)) return real_read(fd, data, length);
    enter();
    FAIL_IF_FATED("read", path)
    leave();
    return real_read(fd, data, length);
}

ssize_t pread64(int fd, void *data, size_t length, off64_t offset) {
    char path[PATH_MAX];
    if (rules_path == NULL || !path_of(fd, path)) return REAL(pread64)(fd, data, length, offset);
    enter();
    FAIL_IF_FATED("read", path)
    leave();
    return REAL(pread64)(fd, data, length, offset);
}

ssize_t pread(int fd, void *data, size_t length, off_t offset) { return pread64(fd, data, length, offset); }

static int cut(int fd, off64_t length, int (*real)(int, off64_t)) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real(fd, length);
    enter();
    FAIL_IF_FATED("truncate", path)
    int done = real(fd, length);
    if (done == 0) record('T', path, length, NULL, 0);
    leave();
    return done;
}

int ftruncate64(int fd, off64_t length) { return cut(fd, length, REAL(ftruncate64)); }

int ftruncate(int fd, off_t length) { return cut(fd, length, REAL(ftruncate64)); }

static int settle(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real(fd);
    enter();
    FAIL_IF_FATED("sync", path)
    int done = real(fd);
    if (done == 0) record('S', path, 0, NULL, 0);
    leave();
    return done;
}

int fsync(int fd) { return settle(fd, REAL(fsync)); }

int fdatasync(int fd) { return settle(fd, REAL(fdatasync)); }

static int opened(int base, const char *given, int flags, mode_t mode) {
    static int (*real_openat)(int, const char *, int, ...);
    if (real_openat == NULL) real_openat = REAL(openat64);
    char path[PATH_MAX];
    struct stat state;
    if (!(flags & (O_CREAT | O_TRUNC)) || !path_at(base, given, path)) return real_openat(base, given, flags, mode);
    enter();
    int there = stat(path, &state) == 0;
    int fated = fate("open", path);
    if (fated > 0 && !(there && fated == ENOSPC)) { /* a full disk opens what is there */
        errno = fated;
        leave();
        return -1;
    }
    int fd = real_openat(base, given, flags, mode);
    if (fd >= 0 && !there) record('C', path, 0, NULL, 0);
    if (fd >= 0 && there && (flags & O_TRUNC)) record('T', path, 0, NULL, 0);
    leave();
    return fd;
}

#define MODE_OF(flags)                          \
    mode_t mode = 0;                            \
    if ((flags) & (O_CREAT | O_TMPFILE)) {      \
        va_list rest;                           \
        va_start(rest, flags);                  \
        mode = va_arg(rest, mode_t);            \
        va_end(rest);                           \
    }

int open(const char *path, int flags, ...) {
    MODE_OF(flags)
    return opened(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE_OF(flags)
    return opened(AT_FDCWD, path, flags, mode);
}

int openat(int base, const char *path, int flags, ...) {
    MODE_OF(flags)
    return opened(base, path, flags, mode);
}

int openat64(int base, const char *path, int flags, ...) {
    MODE_OF(flags)
    return opened(base, path, flags, mode);
}

int renameat(int base, const char *from, int other, const char *to) {
    char old[PATH_MAX], new[PATH_MAX];
    if (!path_at(other, to, new)) return REAL(renameat)(base, from, other, to);
    path_at(base, from, old);
    enter();
    FAIL_IF_FATED("rename", new)
    int done = REAL(renameat)(base, from, other, to);
    if (done == 0) record('R', old, 0, new, strlen(new));
    leave();
    return done;
}

int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int link(const char *from, const char *to) {
    char old[PATH_MAX], new[PATH_MAX];
    if (!path_at(AT_FDCWD, to, new)) return REAL(link)(from, to);
    path_at(AT_FDCWD, from, old);
    enter();
    FAIL_IF_FATED("link", new)
    int done = REAL(link)(from, to);
    if (done == 0) record('L', old, 0, new, strlen(new));
    leave();
    return done;
}

int unlinkat(int base, const char *given, int flags) {
    char path[PATH_MAX];
    if (!path_at(base, given, path)) return REAL(unlinkat)(base, given, flags);
    enter();
    FAIL_IF_FATED("unlink", path)
    int done = REAL(unlinkat)(base, given, flags);
    if (done == 0) record('U', path, 0, NULL, 0);
    leave();
    return done;
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdir(const char *given, mode_t mode) {
    char path[PATH_MAX];
    if (!path_at(AT_FDCWD, given, path)) return REAL(mkdir)(given, mode);
    enter();
    FAIL_IF_FATED("mkdir", path)
    int done = REAL(mkdir)(given, mode);
    if (done == 0) record('M', path, 0, NULL, 0);
    leave();
    return done;
}
