/* tests/host/test_elf.c - user/lib/elf.c on a real program, and on hostile variants. */
#include <elf.h>

/* Names that both headers have. */
#undef ELF_R
#include "user/lib/elf.h"
#include "tests/host/support.h"

struct file {
    uint8_t *bytes;
    size_t nr_bytes;
};

static struct file program;

static int read_program(void **state) {
    (void)state;
    program.bytes = file_read(golden_path("program.elf"), &program.nr_bytes);
    return 0;
}

static int free_program(void **state) {
    (void)state;
    free(program.bytes);
    return 0;
}

static Elf64_Ehdr *header(void) {
    return (Elf64_Ehdr *)program.bytes;
}

static Elf64_Phdr *segment(size_t index) {
    return (Elf64_Phdr *)(program.bytes + header()->e_phoff) + index;
}

/* The first program header that is loaded and writable, or executable. */
static Elf64_Phdr *loaded(uint32_t flag) {
    for (size_t i = 0; i < header()->e_phnum; i++)
        if (segment(i)->p_type == PT_LOAD && (segment(i)->p_flags & flag))
            return segment(i);
    fail_msg("the program has no such segment");
    return NULL;
}

/* Parse the first nr_bytes, at an odd address, with nothing readable behind them. */
static status_t parse(size_t nr_bytes, struct elf_image *image) {
    uint8_t *memory = malloc(nr_bytes + 1);
    const char *why = NULL;
    memcpy(memory + 1, program.bytes, nr_bytes);
    status_t status = elf_parse(memory + 1, nr_bytes, image, &why);
    free(memory);
    if (status != OK) {
        ASSERT_STATUS(status, ERR_FORMAT);
        assert_non_null(why);
        assert_true(strlen(why) > 0);
    }
    return status;
}

static void expect_refused(void) {
    struct elf_image image;
    ASSERT_STATUS(parse(program.nr_bytes, &image), ERR_FORMAT);
}

static void test_real_program(void **state) {
    (void)state;
    struct elf_image image;
    ASSERT_OK(parse(program.nr_bytes, &image));
    assert_int_equal(image.entry, header()->e_entry);
    assert_int_equal(image.e_flags, header()->e_flags);
    size_t nr_segments = 0;
    for (size_t i = 0; i < header()->e_phnum; i++) {
        const Elf64_Phdr *p = segment(i);
        if (p->p_type != PT_LOAD || p->p_memsz == 0)
            continue;
        const struct elf_segment *s = &image.segments[nr_segments++];
        assert_int_equal(s->vaddr, p->p_vaddr);
        assert_int_equal(s->memory_bytes, p->p_memsz);
        assert_int_equal(s->file_offset, p->p_offset);
        assert_int_equal(s->file_bytes, p->p_filesz);
        assert_int_equal(s->flags, p->p_flags);
    }
    assert_int_equal(image.nr_segments, nr_segments);
    assert_true(nr_segments >= 2);
}

static void test_every_truncation(void **state) {
    (void)state;
    struct elf_image image;
    size_t needed = 0;
    for (size_t i = 0; i < header()->e_phnum; i++)
        if (segment(i)->p_type == PT_LOAD &&
            segment(i)->p_offset + segment(i)->p_filesz > needed)
            needed = segment(i)->p_offset + segment(i)->p_filesz;
    for (size_t kept = 0; kept < program.nr_bytes; kept++)
        assert_int_equal(parse(kept, &image) == OK, kept >= needed);
}

static void test_other_files(void **state) {
    (void)state;
    struct elf_image image;
    const char *why;
    const char *names[] = {"object.elf", "initrd", "all.cpio", "one.packed.dtb"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        size_t nr_bytes;
        uint8_t *bytes = file_read(golden_path(names[i]), &nr_bytes);
        ASSERT_STATUS(elf_parse(bytes, nr_bytes, &image, &why), ERR_FORMAT);
        free(bytes);
    }
    size_t nr_bytes;
    uint8_t *self = file_read("/proc/self/exe", &nr_bytes); /* of another machine */
    ASSERT_STATUS(elf_parse(self, nr_bytes, &image, &why), ERR_FORMAT);
    free(self);
}

/* Each is one change to a program that is right otherwise. */
#define REFUSED(change)                                                                  \
    do {                                                                                 \
        read_program(state);                                                             \
        change;                                                                          \
        expect_refused();                                                                \
        free(program.bytes);                                                             \
    } while (0)

static void test_hostile_headers(void **state) {
    free(program.bytes);
    for (size_t i = 0; i < 6; i++)
        REFUSED(header()->e_ident[i] ^= 3);
    REFUSED(header()->e_machine = EM_X86_64);
    REFUSED(header()->e_type = ET_DYN);
    REFUSED(header()->e_type = ET_REL);
    REFUSED(header()->e_version = 2);
    REFUSED(header()->e_phnum = 0);
    REFUSED(header()->e_phnum = 0xffff);
    REFUSED(header()->e_phentsize = 55);
    REFUSED(header()->e_phentsize = 0);
    REFUSED(header()->e_phoff = program.nr_bytes - 8);
    REFUSED(header()->e_phoff = UINT64_MAX);
    REFUSED(header()->e_phoff = UINT64_MAX - 100);
    REFUSED(header()->e_entry = 0);
    REFUSED(header()->e_entry++);
    REFUSED(header()->e_entry = loaded(PF_W)->p_vaddr); /* not executable */
    REFUSED(header()->e_entry = loaded(PF_X)->p_vaddr + loaded(PF_X)->p_memsz);
    read_program(state);
}

static void test_hostile_segments(void **state) {
    free(program.bytes);
    REFUSED(loaded(PF_X)->p_offset = program.nr_bytes);
    REFUSED(loaded(PF_X)->p_offset = UINT64_MAX);
    REFUSED(loaded(PF_X)->p_offset = UINT64_MAX - loaded(PF_X)->p_filesz + 1);
    REFUSED(loaded(PF_X)->p_filesz = loaded(PF_X)->p_memsz + 1);
    REFUSED(loaded(PF_X)->p_filesz = loaded(PF_X)->p_memsz = UINT64_MAX);
    REFUSED(loaded(PF_W)->p_memsz = UINT64_MAX);
    REFUSED(loaded(PF_W)->p_memsz = UINT64_MAX - loaded(PF_W)->p_vaddr + 1);
    REFUSED(loaded(PF_W)->p_vaddr = UINT64_MAX);
    REFUSED(loaded(PF_W)->p_vaddr = loaded(PF_X)->p_vaddr);
    REFUSED(loaded(PF_W)->p_vaddr = loaded(PF_X)->p_vaddr + loaded(PF_X)->p_memsz - 1);
    REFUSED(loaded(PF_X)->p_type = PT_NULL);
    REFUSED(loaded(PF_X)->p_flags = PF_R);
    REFUSED(segment(0)->p_type = PT_INTERP);
    REFUSED(segment(0)->p_type = PT_DYNAMIC);
    read_program(state);
}

/* A file of our own: as many segments as fit, and one more; and empty ones in between. */
static void test_number_of_segments(void **state) {
    (void)state;
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segments[2 * ELF_SEGMENTS_MAX + 2];
    } file;
    for (size_t nr_segments = 1; nr_segments <= ELF_SEGMENTS_MAX + 1; nr_segments++) {
        memset(&file, 0, sizeof(file));
        memcpy(&file.header, program.bytes, sizeof(file.header));
        file.header.e_phoff = sizeof(file.header);
        file.header.e_phnum = 2 * nr_segments;
        file.header.e_entry = 0x10000;
        for (size_t i = 0; i < 2 * nr_segments; i++)
            file.segments[i] = (Elf64_Phdr){
                .p_type = PT_LOAD,
                .p_flags = PF_R | PF_X | 0xff00000,
                .p_vaddr = 0x10000 + (i / 2) * 0x1000,
                .p_memsz = i % 2 ? 0 : 0x1000,
            };
        struct elf_image image;
        const char *why = "";
        status_t status = elf_parse(&file, sizeof(file), &image, &why);
        if (nr_segments > ELF_SEGMENTS_MAX) {
            ASSERT_STATUS(status, ERR_FORMAT);
            continue;
        }
        ASSERT_OK(status);
        assert_int_equal(image.nr_segments, nr_segments);
        assert_int_equal(image.segments[0].flags, PF_R | PF_X);
    }
}

/* What is accepted, whatever was changed, keeps its promises. */
static void expect_sound(const struct elf_image *image) {
    assert_true(image->nr_segments <= ELF_SEGMENTS_MAX);
    for (size_t i = 0; i < image->nr_segments; i++) {
        const struct elf_segment *s = &image->segments[i];
        assert_true(s->memory_bytes > 0 && s->file_bytes <= s->memory_bytes);
        assert_true(s->file_offset <= program.nr_bytes);
        assert_true(s->file_bytes <= program.nr_bytes - s->file_offset);
        assert_true(s->vaddr + s->memory_bytes - 1 >= s->vaddr);
        for (size_t k = 0; k < i; k++) {
            const struct elf_segment *o = &image->segments[k];
            assert_true(s->vaddr + s->memory_bytes <= o->vaddr ||
                        o->vaddr + o->memory_bytes <= s->vaddr);
        }
    }
}

static void test_random_changes(void **state) {
    (void)state;
    struct rng rng = {1};
    size_t hot_bytes = header()->e_phoff + header()->e_phnum * sizeof(Elf64_Phdr);
    uint8_t *right = malloc(hot_bytes);
    memcpy(right, program.bytes, hot_bytes);
    for (int i = 0; i < 60000; i++) {
        struct elf_image image;
        for (uint32_t k = 0; k <= rng_below(&rng, 4); k++) {
            uint8_t byte = rng_below(&rng, 3) ? rng_next(&rng) : 0xff;
            program.bytes[rng_below(&rng, hot_bytes)] = byte;
        }
        if (parse(program.nr_bytes, &image) == OK)
            expect_sound(&image);
        memcpy(program.bytes, right, hot_bytes);
    }
    free(right);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, read_program, free_program)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_real_program),     TEST(test_every_truncation),
        TEST(test_other_files),      TEST(test_hostile_headers),
        TEST(test_hostile_segments), TEST(test_number_of_segments),
        TEST(test_random_changes),
    };
    return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
