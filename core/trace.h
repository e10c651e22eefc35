/* trace: what an init really asks of a kernel: runs it on this machine in a jail (jail.h), follows it and all that it
 * starts by ptrace, and tells each system call with its arguments as the selected tree's table names them. A worker of
 * its own: its standard output is one JSON object per line. Nothing is made up: a machine that refuses the jail or
 * ptrace gets an error, not a trace. */
#ifndef KILN_TRACE_H
#define KILN_TRACE_H

/* Body of `kiln internal trace PROGRAM TREE INPUT MAX-CALLS SECONDS [COMPANION…]`.
 * INPUT: what is typed, a line at a time as the program reads; when it is read up, the trace ends. COMPANIONs go to
 * /bin. Lines: {"call": "write", "pid": 1, "number": 1, "args": [["fd", "1"], …], "result": 2, "error": "ENOENT"},
 * {"exit": n, "pid": 2}, {"signal": "SIGCHLD", "pid": 1}, {"killed": "SIGSEGV", "pid": 1}, {"end":
 * "input"|"calls"|"time"|"exit"}. "args" is null where the tree has no prototype. Does not return but for wrong
 * arguments. */
int trace_main(int argc, char **argv);

#endif
