/* tests/host/fuzz_cpio.c - user/lib/cpio.c on anything. */
#include "tests/host/fuzz_support.h"
#include "user/lib/cpio.h"
#include "tests/host/support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nr_bytes) {
    uint8_t *archive = malloc(nr_bytes ? nr_bytes : 1);
    memcpy(archive, data, nr_bytes);
    size_t cursor = 0, nr_files = 0;
    struct cpio_file file, found;
    status_t status;
    while ((status = cpio_next(archive, nr_bytes, &cursor, &file)) == OK) {
        REQUIRE(++nr_files <= nr_bytes / 110);
        const uint8_t *start = file.data;
        REQUIRE(start >= archive && start + file.data_bytes <= archive + nr_bytes);
        REQUIRE(strlen(file.name) < nr_bytes);
        bool is_regular = (file.mode & 0170000) == 0100000;
        if (is_regular && nr_files < 4)
            REQUIRE(cpio_find(archive, nr_bytes, file.name, &found) == OK);
    }
    REQUIRE(status == ERR_NOT_FOUND || status == ERR_FORMAT);
    free(archive);
    return 0;
}
