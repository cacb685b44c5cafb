/* user/lib/console.c - see console.h. */
#include "user/lib/console.h"
#include "kernel/abi/rights.h"
#include "lib/string.h"
#include "user/lib/syscall.h"

/* How many consoles a call may outlive; if there is none any more that shows at once. */
#define TRIES 100

/* Call with the first bytes of `text`, and a copy of `notification` unless that is 0,
 * again if the console dies over it.  The answer is in *m and the message buffer. */
static status_t call(handle_t console, enum console_label label, const char *text,
                     size_t nr_bytes, handle_t notification, struct message *m) {
    struct message_buffer *buffer = message_buffer();
    status_t st = ERR_CLOSED;
    for (int i = 0; i < TRIES && st == ERR_CLOSED; i++) {
        uint64_t copy = 0;
        if (notification != 0) {
            st = handle_copy(notification, RIGHT_SIGNAL, &copy);
            if (st != OK)
                return st;
        }
        buffer->handles[0] = (handle_t)copy;
        memcpy(buffer->bytes, text, nr_bytes);
        *m = (struct message){
            .tag = tag_make(label, (uint32_t)nr_bytes, copy != 0, label == CONSOLE_GATE)};
        st = message_call(console, m);
        if (st != OK && copy != 0)
            (void)!handle_close((handle_t)copy); /* unless it had left already */
    }
    return st == OK ? (status_t)m->words[0] : st;
}

status_t console_write(handle_t console, const char *text, size_t nr_bytes) {
    status_t st = OK;
    while (st == OK && nr_bytes > 0) {
        struct message m;
        size_t piece = nr_bytes < MESSAGE_BYTES_MAX ? nr_bytes : MESSAGE_BYTES_MAX;
        st = call(console, CONSOLE_WRITE, text, piece, 0, &m);
        text += piece;
        nr_bytes -= piece;
    }
    return st;
}

status_t console_read(handle_t console, const char *prompt, char *line,
                      size_t *nr_bytes) {
    struct message m;
    *nr_bytes = 0;
    if (strlen(prompt) > MESSAGE_BYTES_MAX)
        return ERR_INVALID;
    status_t st = call(console, CONSOLE_READ, prompt, strlen(prompt), 0, &m);
    if (st != OK)
        return st;
    *nr_bytes = tag_bytes(m.tag);
    memcpy(line, message_buffer()->bytes, *nr_bytes);
    return OK;
}

status_t console_foreground(handle_t console, handle_t notification) {
    struct message m;
    return call(console, CONSOLE_FOREGROUND, "", 0, notification, &m);
}

status_t console_gate(handle_t console, handle_t *gate) {
    struct message m;
    status_t st = call(console, CONSOLE_GATE, "", 0, 0, &m);
    *gate = st == OK ? message_buffer()->handles[0] : 0;
    return st == OK && *gate == 0 ? ERR_FULL : st; /* no place for one more handle */
}
