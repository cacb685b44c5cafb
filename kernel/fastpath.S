/* kernel/fastpath.S - the short cut for what servers and their clients do all the time: a
 * call that finds a receiver waiting, a fault that finds its handler waiting, and a
 * reply_receive that finds who asked waiting.
 *
 * Each time the running thread blocks and another goes on in its place, on the same hart
 * and turn.  Words and tag stay in their registers all the way: most of the gain.  What
 * is checked here, message.c checks too, and it can do everything: at the first thing out
 * of the ordinary (`slow`, `slow_trap`) it does.  Until then nothing that counts is
 * changed.
 *
 * Out of the ordinary are: whatever is an error; handles in the message, or bytes that
 * are not whole words; nobody who waits, or others who send; threads with a reason in
 * thread->slow, as those that may not run on every hart; and somebody ready who is more
 * urgent than who would go on.
 *
 *     s0  self, the running thread       s2  its process
 *     s5  the one to go on               s6  its process
 *     s4  the endpoint                   s3  the gate
 *     a0, a1, a2 to a6, t0, t1, t2, a7: as the user gave them (kernel/abi/message.h)
 *     t3 to t6 serve for a few lines, s1 is the lock's */

#include "kernel/abi/message.h"
#include "kernel/trap_macros.S"

/* Into the kernel, with all saved that a native call preserves. */
.macro enter_with_message
    enter_kernel
    store s0, 3, S2_S11
    csrr  t4, sepc
    addi  t4, t4, 4                     /* T4: go on after the ecall            */
    sd    t4, THREAD_PC(s0)
    lock_kernel called_off
.endm

/* The object that handle a0 names, if the handle has `right`: as handle_check() does it.
 * Either right implies the type (kernel/abi/rights.h). */
.macro find_object object, right
    ld    s2, THREAD_PROCESS(s0)
    andi  t3, a0, HANDLES_MAX - 1
    lwu   t4, PROCESS_NR_ENTRIES(s2)
    bgeu  t3, t4, slow
    ld    t4, PROCESS_ENTRIES(s2)
    slli  t3, t3, ENTRY_SHIFT
    add   t3, t3, t4
    ld    t4, ENTRY_HANDLE(t3)
    bne   t4, a0, slow                  /* another generation                   */
    ld    \object, ENTRY_OBJECT(t3)
    lw    t4, ENTRY_EPOCH(t3)
    lw    t5, OBJECT_EPOCH(\object)
    bne   t4, t5, slow                  /* the object has ended                 */
    lhu   t4, ENTRY_RIGHTS(t3)
    andi  t4, t4, \right
    beqz  t4, slow
.endm

/* Nobody who is ready is more urgent than thread s5, who is to take over. */
.macro check_urgency otherwise
    lwu   t3, HART_READY_BITS(tp)
    lbu   t4, THREAD_PRIORITY(s5)
    srl   t3, t3, t4
    srli  t3, t3, 1
    bnez  t3, \otherwise
.endm

/* s5 = who receives at the gate in s3, and may take over; s4 = its endpoint. */
.macro find_receiver otherwise
    ld    s4, GATE_ENDPOINT(s3)
    ld    s5, ENDPOINT_QUEUE(s4)
    beq   s5, s4, \otherwise            /* nobody waits                         */
    addi  s5, s5, -THREAD_QUEUE_LINK
    lbu   t3, THREAD_SLOW(s5)
    bnez  t3, \otherwise                /* such as senders                      */
    check_urgency \otherwise
.endm

/* Bytes of the message go through the buffers. */
.macro move_bytes
    slli  t3, a1, 64 - TAG_TAKES_SHIFT
    beqz  t3, 1f                        /* neither bytes nor handles            */
    jal   copy_bytes
1:
.endm

/* The running thread waits, in `state`; its registers are in place.  What it waits for is
 * kept in a0, for inspect.c to tell. */
.macro wait_as state
    sd    a0, THREAD_X(10)(s0)
    li    t3, SAVED_NATIVE | \state << 8
    sh    t3, THREAD_SAVED(s0)
    sd    a1, THREAD_TAG(s0)
.endm

    .section .text.trap, "ax", @progbits

/* ---- call: a0 a gate, a1 the tag ---- */

    .globl fast_call
fast_call:
    enter_with_message
    find_object s3, RIGHT_CALL
    ld    s3, OBJECT_BODY(s3)
    find_receiver slow
    bltz  a1, slow                      /* a label of the kernel's              */
    move_bytes

    wait_as THREAD_AWAITING_REPLY
give_token:
    ld    t2, THREAD_TOKEN(s0)
    li    t3, 1 << SLOT_BITS
    add   t2, t2, t3
    sd    t2, THREAD_TOKEN(s0)          /* t2 = the next token, for the reply   */
    ld    s6, THREAD_PROCESS(s5)
    sd    s6, THREAD_ANSWERER(s0)       /* which this process owes              */
    ld    t3, ENDPOINT_ID(s4)
    sd    t3, THREAD_ENDPOINT_ID(s0)    /* unless the endpoint is revoked       */
    ld    t1, GATE_BADGE(s3)

    ld    t3, THREAD_QUEUE_LINK(s5)     /* list_pop(): s5 leaves the queue      */
    sd    t3, ENDPOINT_QUEUE(s4)
    sd    s4, 8(t3)

/* Thread s5 goes on, with the message in the registers, on this hart and turn. */
run_next:
    sd    s5, HART_THREAD(tp)
    sd    tp, THREAD_HART(s5)
    sb    zero, THREAD_STATE(s5)        /* THREAD_READY                         */
    enter_space s6
    unlock_kernel
    csrw  sscratch, s5                  /* T1                                   */
    ld    t3, THREAD_PC(s5)
    csrw  sepc, t3
    li    a0, 0                         /* OK                                   */
    mv    tp, s5
    clear 1, A7, T3_T6
    load  tp, 2, 3, 8, 9, S2_S11, 4
    sret

/* ---- reply_receive: a0 an endpoint, a1 the tag, t1 the token ---- */

    .globl fast_reply_receive
fast_reply_receive:
    enter_with_message
    find_object s4, RIGHT_RECEIVE
    ld    s4, OBJECT_BODY(s4)
    ld    t3, ENDPOINT_QUEUE(s4)
    bne   t3, s4, slow                  /* somebody sends, or receives too      */
    lw    t3, ENDPOINT_PENDING(s4)
    bnez  t3, slow                      /* something else to receive            */

    slli  t3, t1, 64 - SLOT_BITS  /* the token's slot: find_asker()       */
    srli  t3, t3, 64 - SLOT_BITS - OBJECT_SHIFT
    la    t4, object_slots
    add   t3, t3, t4
    lw    t4, OBJECT_TYPE(t3)
    li    t5, OBJECT_THREAD
    bne   t4, t5, slow
    ld    s5, OBJECT_BODY(t3)
    ld    t3, THREAD_TOKEN(s5)
    bne   t3, t1, slow                  /* of another call                      */
    ld    t3, THREAD_ANSWERER(s5)
    bne   t3, s2, slow                  /* not ours to answer, or not any more  */
    lbu   t3, THREAD_SLOW(s5)
    bnez  t3, answer_fault
1:  check_urgency slow
    move_bytes

    wait_as THREAD_RECEIVING
    addi  t3, s0, THREAD_QUEUE_LINK     /* self is alone in the queue           */
    sd    t3, ENDPOINT_QUEUE(s4)
    sd    t3, ENDPOINT_QUEUE + 8(s4)
    sd    s4, 0(t3)
    sd    s4, 8(t3)
    sd    zero, THREAD_ANSWERER(s5)     /* a token works once                   */
    ld    s6, THREAD_PROCESS(s5)
    li    t1, 0
    li    t2, 0
    lb    t3, THREAD_SAVED(s5)
    bnez  t3, run_next                  /* it has called                        */

/* Thread s5 has faulted, and tries again with all its registers. */
    sb    zero, THREAD_SLOW(s5)         /* it was ASK_FAULT alone               */
    sb    zero, THREAD_STATE(s5)        /* THREAD_READY                         */
    sd    s5, HART_THREAD(tp)
    sd    tp, THREAD_HART(s5)           /* it may have faulted on another       */
    mv    t0, s5
    j     switch

/* Who is to be answered is special: a fault, and the answer is to try again? */
answer_fault:
    addi  t3, t3, -ASK_FAULT
    bnez  t3, slow
    beqz  a1, 1b
    j     slow

/* ---- a fault: a1 = scause, a2 = stval, t0 = the gate of its handler, s0 = self ---- */

/* All registers are saved: what message.c would make of the fault is put into them. */
    .globl fast_fault
fast_fault:
    li    t3, FAULT_EXECUTE             /* and above: most of what handlers get */
    blt   a1, t3, slow_trap             /* also an interrupt, or a call         */
    lw    t3, THREAD_FAULT_EPOCH(s0)
    lw    t4, OBJECT_EPOCH(t0)
    bne   t3, t4, slow_trap             /* the gate has ended                   */
    ld    s2, THREAD_PROCESS(s0)
    ld    s3, OBJECT_BODY(t0)
    find_receiver slow_trap

    sd    a1, THREAD_FAULT_KIND(s0)
    sd    a2, THREAD_FAULT_ADDRESS(s0)
    lbu   t3, THREAD_SLOW(s0)
    ori   t3, t3, ASK_FAULT
    sb    t3, THREAD_SLOW(s0)
    li    t3, THREAD_AWAITING_REPLY
    sb    t3, THREAD_STATE(s0)
    mv    a3, a2                        /* words: the address,                  */
    mv    a2, a1                        /* the kind,                            */
    ld    a4, THREAD_PC(s0)             /* and the pc                           */
    li    a1, LABEL_FAULT
    slli  a1, a1, TAG_LABEL_SHIFT
    clear 15, 16, 5                     /* a5, a6, t0                           */
    j     give_token

/* Copy the message's bytes from the buffer of s0 to that of s5; t3 = the tag's bytes and
 * handles, shifted to the top. */
copy_bytes:
    srli  t3, t3, 64 - TAG_TAKES_SHIFT
    li    t4, MESSAGE_BYTES_MAX
    bltu  t4, t3, slow                  /* too many, or handles                 */
    andi  t4, t3, 7
    bnez  t4, slow                      /* not whole words                      */
    ld    t4, THREAD_BUFFER(s0)
    ld    t5, THREAD_BUFFER(s5)
    add   t3, t3, t4                    /* where they end                       */
1:  ld    t6, 0(t4)
    sd    t6, 0(t5)
    addi  t4, t4, 8
    addi  t5, t5, 8
    bltu  t4, t3, 1b
    ret

/* ---- message.c does the rest ---- */

/* From the table of calls: the nine are one.  t3 = 8 times the number. */
    .irp  name, call, reply, receive, reply_receive, send
    .globl enter_\name
enter_\name:
    .endr
    .irp  name, call, receive, reply_receive, send
    .globl enter_\name\()_until
enter_\name\()_until:
    .endr
    srai  a7, t3, 3
    store s0, 3, S2_S11
    csrr  t3, sepc
    addi  t3, t3, 4                     /* T4: go on after the ecall            */
    sd    t3, THREAD_PC(s0)
slow:
    li    t3, SAVED_NATIVE
    sb    t3, THREAD_SAVED(s0)
    store s0, T0_T2, A0_A1, A2_A6
    ld    sp, HART_STACK_TOP(tp)
    mv    a0, s0
    mv    a1, a7
    call  message_call
    j     resume
