// SPDX-License-Identifier: GPL-2.0-only
/* kbt: config=CONFIG_PROC_FS,CONFIG_LIST_KUNIT_TEST */
/* Wants an option that the kernel has not: it must not run. */
#include "../fault.h"

int main(void)
{
	puts("TAP version 13\n1..1\nnot ok 1 it ran all the same");
	return 0;
}
