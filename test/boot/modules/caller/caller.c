// SPDX-License-Identifier: GPL-2.0-only
/* Needs the module greeter. */
#include <linux/init.h>
#include <linux/module.h>

int greetings(void);

static int greeted;
module_param(greeted, int, 0444);

static int __init caller_init(void)
{
	greeted = greetings();
	return 0;
}

static void __exit caller_exit(void)
{
}

module_init(caller_init);
module_exit(caller_exit);
MODULE_DESCRIPTION("Counts greetings");
MODULE_LICENSE("GPL");
