// SPDX-License-Identifier: GPL-2.0-only
/* The image is as fake as the kernel that it is for. */
#include <stdio.h>

int main(void)
{
	puts("image");
	return 0;
}
