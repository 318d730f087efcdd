// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdio.h>

int main(void)
{
	puts("TAP version 13\n1..1\nok 1 first");
	fflush(stdout);
	raise(SIGSEGV);
	return 0;
}
