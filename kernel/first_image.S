/* kernel/first_image.S - the program init, as it is linked: kernel/abi/flat.h. */
    .section .rodata
    .balign 8
    .globl first_image, first_image_end
first_image:
    .incbin INIT_IMAGE
first_image_end:
