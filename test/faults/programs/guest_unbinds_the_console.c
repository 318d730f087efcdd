// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes the serial line from its driver: what the kernel says from here on
 * is not seen.
 */
#include "../fault.h"

int main(void)
{
	all_is_well();
	return tell("/sys/bus/platform/drivers/serial8250/unbind", "serial8250") && tell("/sys/bus/pnp/drivers/serial/unbind", "00:04");
}
