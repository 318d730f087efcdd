// SPDX-License-Identifier: GPL-2.0-only
/* Finds its helper beside it, with the environment that the run was given. */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	puts("TAP version 13\n1..1");
	puts(system("/tests/helpers/says_word") ? "not ok 1 helper" : "ok 1 helper");
	return 0;
}
