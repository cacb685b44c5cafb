/* user/servers/flat.S - the header of a flat image: struct flat_header of
 * kernel/abi/flat.h, by the names of user/user.ld.  Linked into init alone. */
    .section .header, "a", @progbits
header:
    .dword header, _start, etext, srodata, erodata, sdata, ebss
