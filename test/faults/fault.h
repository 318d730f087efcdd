/* SPDX-License-Identifier: GPL-2.0-only */
/* What faults are made of: a word to the kernel of the faults series, a word to a file, a good report. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "as_new.h"

/* Writes a word into a file of the kernel's, or says why not. */
static inline int tell(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY);
	int failed = fd < 0 || write(fd, word, strlen(word)) < 0;

	if (failed)
		perror(path);
	close(fd);
	return failed;
}

static inline void fault(const char *word)
{
	tell("/proc/kbt_fault", word);
}

/* A complete report, unless the guest is not as new: then it says that instead. */
static inline void all_is_well(void)
{
	const char *what = spoiled();

	puts("TAP version 13\n1..1");
	if (what)
		printf("not ok 1 the guest is not as new: %s\n", what);
	else
		puts("ok 1 all is well");
	fflush(stdout);
}

/* A report of one result that is skipped. */
static inline int skip(const char *why)
{
	printf("TAP version 13\n1..0 # SKIP %s\n", why);
	return 0;
}

/* Leaves a process behind that is nobody's child and holds nothing; 0 in it. */
static inline int leave_a_process(void)
{
	if (fork())
		return 1;
	setsid();
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	return 0;
}
