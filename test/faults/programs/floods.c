// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

int main(void)
{
	puts("TAP version 13\n1..1\nok 1 first");
	for (long i = 0; i < 4 * 1024 * 1024 / 32; i++)
		puts("# 0123456789abcdef0123456789abc");
	return 0;
}
