/** The classes that the pages' configuration files name. */
@NullMarked
package com.example.shop;

import org.jspecify.annotations.NullMarked;
