// Runs a program whose wall clock is the machine's and some seconds more, as a clock that was set or a machine that slept:
//
//     wallclock FILE PROGRAM [ARGUMENT...]
//
// FILE holds the seconds as digits and may change at any time. The monotonic clock is the machine's, and so are the times of files.
//
// Both Go and the C library read the clocks without a system call, by code that the kernel maps into each process. A child of ours
// stops the program at its first instruction and strikes that code from what the kernel tells it (the auxiliary vector), so that it
// asks by system calls; the three that read the wall clock are answered by the child (seccomp(2), SECCOMP_RET_USER_NOTIF), the others
// go their usual way. We ourselves become the program, so that its signals and its end are its own. What the program starts is
// not answered: no test of ours starts anything.
// Where this machine does not allow it the end is by SIGKILL, after a word that says at which step.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef __NR_time
#define __NR_time __NR_gettimeofday // newer processors have only the other two
#endif

static pid_t program; // we

// must ends both of us where something cannot be done, with a word about it.
static void must(int done, const char *what) {
	if (done)
		return;
	perror(what);
	kill(program, SIGKILL);
	_exit(1);
}

// listen_for has the wall clock's calls of this process, from now on, asked of whoever reads the descriptor that it gives.
static int listen_for(void) {
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_time, 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_gettimeofday, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clock_gettime, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CLOCK_REALTIME, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CLOCK_REALTIME_COARSE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {sizeof code / sizeof *code, code};
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
	int asked = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
	must(asked >= 0, "seccomp");
	return asked;
}

// strike takes the kernel's code from the auxiliary vector, which stands on the new stack after the arguments and the environment.
static void strike(int memory) {
	char path[64];
	unsigned long at, word;
	snprintf(path, sizeof path, "/proc/%d/stat", program); // its 28th field is where the stack begins
	FILE *stat = fopen(path, "r");
	must(stat && fscanf(stat, "%*d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu", &at) == 1, path);
	fclose(stat);
	at += sizeof word; // how many arguments there are
	for (int ends = 0; ends < 2; at += sizeof word) {
		must(pread(memory, &word, sizeof word, at) == sizeof word, "read the stack");
		ends += word == 0;
	}
	for (; pread(memory, &word, sizeof word, at) == sizeof word && word != AT_NULL; at += 2 * sizeof word)
		if (word == AT_SYSINFO_EHDR) {
			word = AT_IGNORE;
			must(pwrite(memory, &word, sizeof word, at) == sizeof word, "write the stack");
			return;
		}
}

// answer does one of the calls by the machine's clock and adds the seconds.
static int64_t answer(const struct seccomp_data *call, int64_t more, int memory) {
	struct timespec now;
	clock_gettime(call->nr == __NR_clock_gettime ? (clockid_t)call->args[0] : CLOCK_REALTIME, &now);
	now.tv_sec += more;
	struct timeval coarse = {now.tv_sec, now.tv_nsec / 1000};
	if (call->nr == __NR_clock_gettime)
		return pwrite(memory, &now, sizeof now, call->args[1]) == sizeof now ? 0 : -EFAULT;
	if (call->nr == __NR_gettimeofday)
		return pwrite(memory, &coarse, sizeof coarse, call->args[0]) == sizeof coarse ? 0 : -EFAULT;
	if (call->args[0] && pwrite(memory, &now.tv_sec, sizeof now.tv_sec, call->args[0]) < 0)
		return -EFAULT;
	return now.tv_sec;
}

// keep answers until nobody is left to ask.
static void keep(int asked, const char *more, int memory) {
	for (;;) {
		struct pollfd look = {.fd = asked, .events = POLLIN};
		if (poll(&look, 1, -1) < 0 || look.revents & POLLHUP)
			return;
		struct seccomp_notif call = {0};
		if (ioctl(asked, SECCOMP_IOCTL_NOTIF_RECV, &call))
			continue; // a signal came between: it asks again
		int64_t said = answer(&call.data, atoll(more), memory);
		struct seccomp_notif_resp resp = {.id = call.id, .val = said < 0 ? 0 : said, .error = said < 0 ? said : 0};
		ioctl(asked, SECCOMP_IOCTL_NOTIF_SEND, &resp); // fails where a signal came between
	}
}

static void child(int line, const char *more) {
	int asked, status;
	must(ptrace(PTRACE_SEIZE, program, 0, PTRACE_O_TRACEEXEC) == 0, "ptrace");
	must(write(line, "", 1) == 1 && read(line, &asked, sizeof asked) == sizeof asked, "the program's word");
	do
		must(waitpid(program, &status, __WALL) == program && !WIFEXITED(status), "wait for the program");
	while (status >> 8 != (SIGTRAP | PTRACE_EVENT_EXEC << 8));
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/mem", program);
	int memory = open(path, O_RDWR);
	must(memory >= 0, path);
	strike(memory);
	ptrace(PTRACE_DETACH, program, 0, 0);
	close(0), close(1), close(2), close(line); // the program's, of which it has its own since it began
	keep(asked, more, memory);
}

int main(int n, char **arguments) {
	program = getpid();
	int line[2], file = n > 2 ? open(arguments[1], O_RDONLY | O_CLOEXEC) : -1;
	const char *more = mmap(0, 1, PROT_READ, MAP_SHARED, file, 0);
	must(more != MAP_FAILED, "FILE");
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) == 0, "socketpair");
	pid_t helper = syscall(SYS_clone, CLONE_FILES, 0, 0, 0, 0); // what we open it has too
	must(helper >= 0, "clone");
	if (helper == 0) {
		child(line[1], more);
		_exit(0);
	}
	prctl(PR_SET_PTRACER, helper, 0, 0, 0); // where only parents may: this fails where nobody asks for it
	char ready;
	must(read(line[0], &ready, 1) == 1, "the clock's word");
	int asked = listen_for();
	must(write(line[0], &asked, sizeof asked) == sizeof asked, "a word to the clock");
	execv(arguments[2], arguments + 2);
	must(0, arguments[2]);
}
