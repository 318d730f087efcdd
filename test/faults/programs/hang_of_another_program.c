// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=1 */
/*
 * Becomes a program that sleeps, after a good report: it ends later than the
 * results.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return execlp("sleep", "sleep", "1000000", NULL);
}
