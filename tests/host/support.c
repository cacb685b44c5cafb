/* tests/host/support.c - see support.h.  Linked into every cmocka program. */
#include "tests/host/support.h"

#include <sys/wait.h>
#include <unistd.h>

#include "mm/port.h"

#define GUARD_BYTES 64
#define GUARD_BYTE  0xa5
#define PANIC_EXIT  101

static int panic_pipe = -1; /* where a child that is expected to panic says why */

void require_failed(const char *file, int line, const char *condition) {
    print_error("does not hold: %s\n", condition);
    _fail(file, line);
    abort();
}

void port_panic(const char *file, int line, const char *fmt, ...) {
    char text[1024];
    va_list args;
    va_start(args, fmt);
    int length = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (length >= (int)sizeof(text))
        length = sizeof(text) - 1;
    if (panic_pipe < 0) {
        fprintf(stderr, "%s:%d: unexpected panic: %s\n", file, line, text);
        abort();
    }
    if (write(panic_pipe, text, length) != length)
        _exit(1);
    _exit(PANIC_EXIT);
}

void expect_panic(panic_body_fn *body, void *argument, const char *fragment) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        panic_pipe = ends[1];
        alarm(20);
        body(argument);
        _exit(0);
    }
    close(ends[1]);
    char text[1024];
    size_t length = 0;
    ssize_t part;
    while ((part = read(ends[0], text + length, sizeof(text) - 1 - length)) > 0)
        length += part;
    text[length] = '\0';
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != PANIC_EXIT)
        fail_msg("no panic (wait status 0x%x); wanted \"%s\"", status, fragment);
    if (strstr(text, fragment) == NULL)
        fail_msg("the panic says \"%s\", not \"%s\"", text, fragment);
}

void arena_make(struct arena *arena, size_t align, size_t offset, size_t bytes) {
    if (align < GUARD_BYTES)
        align = GUARD_BYTES;
    size_t lead = offset < GUARD_BYTES ? offset + align : offset;
    arena->memory_bytes = (lead + bytes + GUARD_BYTES + align - 1) / align * align;
    arena->memory = aligned_alloc(align, arena->memory_bytes);
    REQUIRE(arena->memory != NULL);
    memset(arena->memory, GUARD_BYTE, arena->memory_bytes);
    arena->start = arena->memory + lead;
    arena->bytes = bytes;
}

void arena_free(struct arena *arena) {
    uint8_t *end = arena->start + arena->bytes;
    for (uint8_t *p = arena->memory; p < arena->start; p++)
        REQUIRE(*p == GUARD_BYTE);
    for (uint8_t *p = end; p < arena->memory + arena->memory_bytes; p++)
        REQUIRE(*p == GUARD_BYTE);
    free(arena->memory);
}

uint8_t *file_read(const char *path, size_t *file_bytes) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot open %s", path);
    REQUIRE(fseek(file, 0, SEEK_END) == 0);
    long length = ftell(file);
    REQUIRE(length >= 0);
    rewind(file);
    uint8_t *contents = malloc(length ? length : 1);
    REQUIRE(contents != NULL);
    REQUIRE(fread(contents, 1, length, file) == (size_t)length);
    fclose(file);
    *file_bytes = length;
    return contents;
}

const char *golden_path(const char *name) {
    static char path[512];
    const char *folder = getenv("GOLDEN_DIR");
    snprintf(path, sizeof(path), "%s/%s", folder ? folder : "build/host/golden", name);
    return path;
}
