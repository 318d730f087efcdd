// SPDX-License-Identifier: GPL-2.0-only
/* kbt: timeout=5 */
/*
 * Takes the network down after a good report: the kernel runs, and answers
 * no more.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return system("ip link set eth0 down");
}
