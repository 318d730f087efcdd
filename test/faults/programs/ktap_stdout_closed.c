// SPDX-License-Identifier: GPL-2.0-only
/*
 * Closes all that it was given before it reports: what is written is lost
 * without an error.
 */
#include "../fault.h"

int main(void)
{
	for (int fd = 0; fd < 64; fd++)
		close(fd);
	all_is_well();
	return 0;
}
